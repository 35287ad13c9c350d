import { parseServiceId, type ServiceId } from "../../../src/core/ids.ts";
import { clients, type MorePlans, type PlannedService } from "./plan.ts";

/*
 * Services of the pattern `message`: what their consumers send is what is disclosed.
 */

const field = (element: string, use: string, more: object = {}) => ({
  ...{ type: "string", maxLength: 100, "x-sealway-element": element, "x-sealway-use": use },
  ...more,
});

const change = {
  type: "object",
  additionalProperties: false,
  required: ["code"],
  properties: {
    code: field("person.identifier", "notify"),
    request: field("request.number", "key"),
    account: field("account.number", "notify"),
    name: field("person.name", "match"),
    income: field("income.month", "notify"),
    history: {
      type: "array",
      maxItems: 5,
      items: {
        type: "object",
        additionalProperties: false,
        properties: { account: field("account.number", "notify"), income: field("income.month", "notify") },
      },
    },
  },
};

const receipt = {
  type: "object",
  additionalProperties: false,
  properties: { reference: { type: "string", maxLength: 40, "x-sealway-element": "receipt.reference" } },
};

const purposes = [
  {
    id: "payment",
    title: { en: "Pay to the right account" },
    elements: ["person.identifier", "account", "receipt"],
  },
  { id: "statistics", title: { en: "Count" }, elements: ["income"] },
  {
    id: "on-request",
    title: { en: "On the person's request" },
    elements: ["person.identifier", "account", "receipt"],
    permission: "explicit-request",
  },
  {
    id: "by-consent",
    title: { en: "With the person's consent" },
    elements: ["person.identifier", "account", "person.name", "income"],
    permission: "consent",
  },
];

const at = (code: string): ServiceId => parseServiceId(`${clients.population}/${code}`);

function message(code: string, described: object, firstEndpoint: object = {}): PlannedService {
  return {
    ...{ id: at(code), contentKind: "json", target: "register" },
    endpoints: [["POST", "/changes", { in: "body", name: "/code" }]],
    described: { pattern: "message", purposes, validation: "enforce", ...described },
    firstEndpoint: {
      parameters: {
        "query:since": { schema: { type: "string", maxLength: 10 }, element: "account", use: "notify" },
        "query:income": { schema: { type: "string", maxLength: 10 }, element: "income.month", use: "notify" },
      },
      request: { schema: change },
      responses: { "202": { schema: receipt } },
      ...firstEndpoint,
    },
  };
}

/** By code. */
export const messages = {
  changes: message("changes", {}),
  observed: message("observed-changes", { validation: "observe" }),
};

const terms = (id: string, more: object = {}) => ({ purposes: [{ id }], ...more });
const { benefits, inspection, onboarding, umlaut, secured } = clients;

const agree = (
  id: string,
  consumer: string,
  service: PlannedService,
  its: object,
  years?: [number, number],
) => ({
  ...{ id, consumer: consumer as typeof benefits, service: service.id, terms: its },
  ...(years && { years }),
});

/** `benefits` may send what its purpose needs; the others what their terms say. */
export const messagePlans: MorePlans = {
  services: Object.values(messages),
  agreements: [
    agree("push-payment", benefits, messages.changes, terms("payment")),
    agree("push-observed", benefits, messages.observed, terms("payment")),
    agree("push-account", inspection, messages.changes, terms("payment", { fields: ["/account"] })),
    agree("push-statistics", onboarding, messages.changes, terms("statistics")),
    agree("push-ended", umlaut, messages.changes, terms("payment"), [-2, -1]),
    agree("push-on-request", secured, messages.changes, terms("on-request")),
  ],
};
