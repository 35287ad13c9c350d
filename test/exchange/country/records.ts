import { parseServiceId, type ServiceId } from "../../../src/core/ids.ts";
import { clients, type MorePlans, type PlannedAgreement, type PlannedService } from "./plan.ts";

/*
 * Services that are described with schemas, purposes and data elements, one for each way of enforcing it, and the
 * agreements that limit them: what a country is started with to see descriptions enforced.
 */

const text = (element: string) => ({ type: "string", maxLength: 100, "x-sealway-element": element });

const child = {
  ...{ type: "object", additionalProperties: false },
  properties: { code: text("person.identifier"), school: text("degree.school") },
};

/** A person's record. */
export const recordSchema = {
  type: "object",
  additionalProperties: false,
  required: ["code", "name", "address"],
  properties: {
    code: text("person.identifier"),
    name: text("person.name"),
    income: { type: "integer", "x-sealway-element": "income.month" },
    address: {
      type: "object",
      additionalProperties: false,
      properties: {
        city: text("person.residence.address.city"),
        street: text("person.residence.address.street"),
      },
    },
    children: { type: "array", maxItems: 20, items: child },
  },
};

const query = {
  type: "object",
  additionalProperties: false,
  required: ["code"],
  properties: { code: text("person.identifier"), year: { type: "integer", minimum: 1900 } },
};

const failure = { type: "object", additionalProperties: false, properties: { why: { type: "string" } } };

const purposes = [
  {
    id: "means-test",
    title: { en: "Means test" },
    elements: ["person.identifier", "person.name", "income", "person.residence"],
  },
  { id: "letters", title: { en: "Letters" }, elements: ["person.name", "person.residence.address"] },
  { id: "schools", title: { en: "Schools" }, elements: ["degree"] },
  { id: "everything", title: { en: "All" }, elements: ["person", "income", "degree"] },
];

const contacts = {
  steward: { name: "Steward", email: "steward@example.org" },
  incidents: { name: "Duty officer", telephone: "+372 5555 5555" },
};

const at = (code: string): ServiceId => parseServiceId(`${clients.population}/${code}`);

function record(code: string, described: object, more: Partial<PlannedService> = {}): PlannedService {
  return {
    ...{ id: at(code), contentKind: "json", target: "register" },
    endpoints: [
      ["POST", "/find", { in: "body", name: "/code" }],
      ["GET", "/plain"],
    ],
    described: { purposes, contacts, ...described },
    firstEndpoint: {
      parameters: {
        "query:year": { schema: { type: "integer", minimum: 1900 }, use: "key" },
        "query:tag": { schema: { type: "array", maxItems: 2, items: { type: "string" } }, use: "key" },
      },
      request: { schema: query },
      responses: { "200": { schema: recordSchema }, "404": { schema: failure } },
      responseHeaders: ["X-Register-Run", "ETag", "Set-Cookie"],
      answerSubjects: [
        { pointer: "/code", scheme: "urn:dev:personal-code" },
        { pointer: "/children/*/code", scheme: "urn:dev:personal-code" },
      ],
    },
    ...more,
  };
}

/** By code. */
export const records = {
  enforced: record("enforced", { validation: "enforce" }),
  observed: record("observed", {}),
  removing: record("removing", { validation: "enforce", unknownFields: "removed" }),
  /** Only its answers are described; refused bodies would be kept, if any were. */
  bare: record(
    "bare",
    {
      validation: "enforce",
      retention: { body: { keepDays: 1, graceDays: 2, reason: "It may be contested." } },
    },
    { firstEndpoint: { responses: { "200": { schema: recordSchema } } } },
  ),
  /** Nobody described what it answers. */
  undescribed: record(
    "undescribed",
    { validation: "enforce" },
    { contentKind: "signed", endpoints: [["POST", "/find"]], firstEndpoint: {} },
  ),
  signed: record(
    "signed",
    { validation: "enforce" },
    { contentKind: "signed", endpoints: [["POST", "/find"]] },
  ),
  /** Provided by whatever a test plays at the rogue server. */
  rogue: record(
    "played",
    { validation: "enforce" },
    { id: parseServiceId(`${clients.rogue}/played`), target: "nowhere" },
  ),
};

function agree(
  service: PlannedService,
  name: string,
  consumer: PlannedAgreement["consumer"],
  terms: object,
): PlannedAgreement {
  return { id: `${name}-${service.id.split("/").at(-1)}`, consumer, service: service.id, terms };
}

const { benefits, inspection, onboarding, umlaut, secured } = clients;
const purpose = (id: string) => ({ purposes: [{ id }] });

/** `benefits` has everything; the others what their terms say. */
export const recordPlans: MorePlans = {
  services: Object.values(records),
  agreements: [
    ...Object.values(records).map((service) => agree(service, "whole", benefits, {})),
    agree(records.enforced, "letters", inspection, purpose("letters")),
    agree(records.observed, "letters", inspection, purpose("letters")),
    agree(records.removing, "letters", inspection, purpose("letters")),
    agree(records.signed, "letters", inspection, purpose("letters")),
    agree(records.rogue, "letters", inspection, purpose("letters")),
    agree(records.undescribed, "letters", inspection, purpose("letters")),
    agree(records.bare, "stated", inspection, { ...purpose("letters"), statedPurpose: "required" }),
    agree(records.enforced, "two", onboarding, {
      purposes: [{ id: "letters" }, { id: "means-test" }],
      fields: ["/name", "/address/city", "/income"],
    }),
    agree(records.enforced, "broken", umlaut, purpose("marketing")),
    agree(records.enforced, "other-version", secured, { ...purpose("letters"), serviceVersions: "2" }),
    {
      ...{ id: "early", consumer: umlaut, service: at("not-yet") },
      terms: purpose("letters"),
    },
  ],
};
