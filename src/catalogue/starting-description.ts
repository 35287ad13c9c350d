import type { ServiceId } from "../core/ids.ts";
import type { DescriptionDocument } from "./description-document.ts";

/**
 * A description to begin with: of the form that is wanted, with one endpoint to replace. What only its author can know
 * (law, purposes, contacts, data elements, where persons stand) is absent, and the publishing gate asks for it.
 */
export function startingDescription(id: ServiceId): DescriptionDocument {
  return {
    v: 1,
    id,
    version: "1.0.0",
    title: { en: id.slice(id.lastIndexOf("/") + 1) },
    contentKind: "json",
    timeoutMs: 10_000,
    validation: "observe",
    endpoints: [
      {
        method: "GET",
        path: "/records/{code}",
        parameters: { "path:code": { schema: { type: "string", maxLength: 20 }, use: "key" } },
        responses: {
          "200": {
            schema: {
              type: "object",
              additionalProperties: false,
              required: ["code"],
              properties: {
                code: { type: "string", maxLength: 20, description: "The code that was asked for." },
              },
            },
            examples: [{ code: "1" }],
          },
        },
      },
    ],
  };
}
