import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import type { Publication } from "../../../src/catalogue/gate/publication.ts";
import { loadVocabulary } from "../../../src/catalogue/vocabulary.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { residence } from "../residence.ts";

export const person = "urn:dev:personal-code";
export const text = { en: "Words that say what it is." };

/** A field with its data element. */
export function field(element: string, more: object = {}) {
  return { type: "string", maxLength: 100, description: "A field.", "x-sealway-element": element, ...more };
}

export function object(properties: Record<string, object>): Schema {
  return {
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  } as Schema;
}

/** A service without fault: persons by code, from the register that is authoritative for them. */
export const persons = {
  ...residence,
  id: unsafeId("DEV/GOV/10000001/population/persons"),
  purposes: [{ id: "means-test", title: text, elements: ["person.identifier"] }],
  endpoints: [
    {
      ...residence.endpoints[0],
      responses: {
        "200": {
          schema: object({ code: field("person.identifier"), given: field("person.name.given") }),
          examples: [{ code: "38001010000", given: "Mari" }],
        },
      },
    },
  ],
} as const satisfies DescriptionDocument;

/** A service that takes a form: applications for a benefit. */
export function applications(properties: Record<string, object>, example: object): DescriptionDocument {
  const { source: _, ...rest } = persons;
  return {
    ...rest,
    id: unsafeId("DEV/GOV/10000003/benefits/applications"),
    purposes: [{ id: "benefit", title: text, elements: ["entitlement.kind"] }],
    endpoints: [
      {
        method: "POST",
        path: "/applications",
        subjects: [{ in: "body", name: "/code", role: "asked-about", scheme: person }],
        request: { schema: object(properties), examples: [example as never] },
        responses: {
          "201": { schema: object({ kind: field("entitlement.kind") }), examples: [{ kind: "A" }] },
        },
      },
    ],
  };
}

export const key = field("person.identifier", { "x-sealway-use": "key" });
export const collects = (use: string) =>
  applications(
    { code: key, street: field("person.residence.address.street", { "x-sealway-use": use }) },
    { code: "38001010000", street: "Harbour Street" },
  );

export function publication(document: DescriptionDocument, more: Partial<Publication> = {}): Publication {
  const vocabulary = loadVocabulary();
  const publicClasses = new Set(["GOV", "MUN"]);
  return {
    document,
    published: undefined,
    catalogue: [],
    vocabulary,
    publicClasses,
    exceptions: [],
    today: "2026-11-22",
    ...more,
  };
}

export const [endpoint] = persons.endpoints;
export const answer = endpoint.responses["200"];

export function without(name: keyof typeof persons): DescriptionDocument {
  const { [name]: _, ...rest } = persons;
  return rest as DescriptionDocument;
}

export function at(more: object): DescriptionDocument {
  return { ...persons, endpoints: [{ ...endpoint, ...more }] } as DescriptionDocument;
}

export function answering(more: object): DescriptionDocument {
  return at({ responses: { "200": { ...answer, ...more } } });
}

export const register = { ...persons, source: { ...persons.source, register: "other" } };
export const other = {
  ...persons,
  id: unsafeId<DescriptionDocument["id"]>("DEV/GOV/10000009/other/persons"),
};
