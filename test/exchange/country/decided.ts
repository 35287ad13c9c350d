import { parseServiceId } from "../../../src/core/ids.ts";
import { clients, type MorePlans, type PlannedAgreement, type PlannedService } from "./plan.ts";
import { recordSchema } from "./records.ts";

/*
 * Services whose purposes state law, uses and an end, one for each kind of content, and agreements that grant some of
 * them: what decisions, live and dry, are made on.
 */

const lawfulBases = [
  { basis: "public-task", provision: "Benefits Act §4" },
  { basis: "legal-obligation", provision: "Audit Act §9" },
] as const;

const household = ["person.name", "income", "person.residence"];
const purpose = (id: string, more: object = {}) => ({ id, title: { en: id }, elements: household, ...more });

/** By what they are about. */
export const purposes = {
  test: purpose("means-test", { lawfulBasis: lawfulBases[0], decisionUses: ["caseworker"] }),
  review: purpose("review", { lawfulBasis: lawfulBases[1], decisionUses: ["automated", "caseworker"] }),
  letters: purpose("letters", { elements: ["person.name"] }),
  past: purpose("past", { validUntil: "2020-02-29" }),
  nothing: purpose("nothing", { elements: ["vehicle"] }),
} as const;

const query = {
  ...{ type: "object", additionalProperties: false, required: ["code"] },
  properties: { code: { type: "string", maxLength: 20, "x-sealway-element": "person.identifier" } },
};

function decided(code: string, contentKind: PlannedService["contentKind"]): PlannedService {
  const isJson = contentKind === "json";
  return {
    ...{ id: parseServiceId(`${clients.population}/${code}`), contentKind, target: "register" },
    endpoints: [
      isJson ? ["POST", "/find", { in: "body", name: "/code" }] : ["POST", "/find"],
      ["GET", "/plain"],
    ],
    described: { purposes: Object.values(purposes), lawfulBases },
    firstEndpoint: {
      ...(isJson && { request: { schema: query } }),
      responses: { "200": { schema: recordSchema } },
    },
  };
}

/** By content. */
export const decidedServices = {
  json: decided("decided", "json"),
  signed: decided("decided-signed", "signed"),
  opaque: decided("decided-opaque", "opaque"),
} as const;

const named = (...ids: readonly string[]) => ({ purposes: ids.map((id) => ({ id })) });
const { benefits, inspection, onboarding } = clients;

/** Terms by client, the same on each service; `umlaut` has none. */
const granted: readonly (readonly [name: string, client: PlannedAgreement["consumer"], terms: object])[] = [
  ["any", benefits, {}],
  ["one", inspection, named("means-test")],
  [
    "stated",
    onboarding,
    { ...named("means-test", "review", "letters", "past", "nothing"), statedPurpose: "required" },
  ],
  ["whole", onboarding, { ...named("review"), endpoints: [{ method: "GET", path: "/plain" }] }],
];

export const decidedPlans: MorePlans = {
  services: Object.values(decidedServices),
  agreements: Object.entries(decidedServices).flatMap(([kind, { id: service }]) =>
    granted.map(([name, consumer, terms]) => ({ id: `${name}-${kind}`, consumer, service, terms })),
  ),
};
