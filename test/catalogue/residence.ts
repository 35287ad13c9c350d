import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { unsafeId } from "../../src/core/ids.ts";

const text = { en: "Where a person lives." };
const scheme = "urn:dev:personal-code";

function field(element: string) {
  return { type: "string", maxLength: 100, description: "A field.", "x-sealway-element": element } as const;
}

/** A service without fault: where a person lives, from the register that is authoritative for it. */
export const residence = {
  v: 1,
  id: unsafeId("DEV/GOV/10000001/population/residence"),
  version: "1.0.0",
  title: text,
  description: text,
  domain: "population",
  responsibleAuthority: "Population Register",
  contacts: {
    steward: { name: "Steward", email: "steward@example.org" },
    incidents: { name: "Duty officer", telephone: "+372 5555 5555" },
  },
  contentKind: "json",
  timeoutMs: 5000,
  lawfulBases: [{ basis: "public-task", provision: "Population Register Act §4" }],
  purposes: [{ id: "means-test", title: text, elements: ["person.residence.address"] }],
  entitled: ["DEV/GOV"],
  classification: "internal",
  retention: { head: { keepDays: 365, graceDays: 30 } },
  source: { register: "population", elements: ["person"], territory: "DEV" },
  endpoints: [
    {
      method: "GET",
      path: "/persons/{code}",
      parameters: {
        "path:code": { schema: { type: "string", maxLength: 20 }, element: "person.identifier", use: "key" },
      },
      subjects: [{ in: "path", name: "code", role: "asked-about", scheme }],
      answerSubjects: [{ pointer: "/code", scheme }],
      responses: {
        "200": {
          schema: {
            type: "object",
            additionalProperties: false,
            required: ["code", "address"],
            properties: {
              code: field("person.identifier"),
              birth: field("person.birth.date"),
              address: { $ref: "#/$defs/Address", description: "Where." },
            },
            $defs: {
              Address: {
                type: "object",
                additionalProperties: false,
                properties: {
                  city: field("person.residence.address.city"),
                  street: field("person.residence.address.street"),
                },
              },
            },
          },
          examples: [{ code: "38001010000", address: { city: "Harbour", street: "Quay 1" } }],
        },
      },
    },
  ],
} as const satisfies DescriptionDocument;
