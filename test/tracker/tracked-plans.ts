import { parseServiceId } from "../../src/core/ids.ts";
import { clients, type MorePlans, type PlannedService } from "../exchange/country/plan.ts";
import { recordSchema } from "../exchange/country/records.ts";

/*
 * Services whose purposes say how uses for them appear in persons' lists, and who has agreements for them.
 */

export const personScheme = "urn:dev:personal-code";
export const accountScheme = "urn:sealway:scheme:iban";

const benefitsAct = { basis: "public-task", provision: "Benefits Act, section 4" };
const elements = ["person.name", "person.identifier", "person.residence.address"];
const purpose = (id: string, en: string, more: object = {}) => ({ id, title: { en }, elements, ...more });

const described = {
  title: { en: "Record of a person", zh: "个人记录" },
  lawfulBases: [benefitsAct, { basis: "legal-obligation", provision: "Audit Act, section 9" }],
  purposes: [
    purpose("benefit", "Deciding on a benefit", { lawfulBasis: benefitsAct }),
    purpose("unit", "Inner control", { disclosure: "show-without-unit" }),
    purpose("counted", "Statistics", { disclosure: "group" }),
    purpose("audit", "Audit", { disclosure: { later: 10 } }),
    purpose("shelter", "Protection of a child", { protectsFromRepresentative: true }),
  ],
};

const population = (code: string) => parseServiceId(`${clients.population}/${code}`);
const asked = (name: string, scheme: string) => ({ in: "query", name, role: "asked-about", scheme });

export const tracked = {
  people: {
    ...{ id: population("people"), contentKind: "json", target: "register", described },
    endpoints: [["POST", "/find", { in: "body", name: "/code" }]],
    firstEndpoint: {
      request: { schema: true },
      responses: { "200": { schema: recordSchema } },
      answerSubjects: [{ pointer: "/children/*/code", scheme: personScheme }],
    },
  },
  pairs: {
    ...{ id: population("pairs"), contentKind: "opaque", target: "register" },
    endpoints: [["GET", "/pair"]],
    firstEndpoint: { subjects: [asked("a", personScheme), asked("b", personScheme)] },
  },
  accounts: {
    ...{ id: population("accounts"), contentKind: "opaque", target: "register" },
    endpoints: [["GET", "/owner"]],
    firstEndpoint: { subjects: [asked("account", accountScheme)] },
  },
} as const satisfies Readonly<Record<string, PlannedService>>;

const purposes = described.purposes.map(({ id }) => ({ id }));

export const trackedPlans: MorePlans = {
  services: Object.values(tracked),
  agreements: [
    { id: "people", consumer: clients.benefits, service: tracked.people.id, terms: { purposes } },
    // The provider holds another revision, and refuses.
    {
      ...{ id: "people-refused", consumer: clients.umlaut, service: tracked.people.id },
      ...{ providersRevision: 2, terms: { purposes: [{ id: "benefit" }] } },
    },
    { id: "pairs", consumer: clients.benefits, service: tracked.pairs.id },
    { id: "accounts", consumer: clients.benefits, service: tracked.accounts.id },
  ],
};
