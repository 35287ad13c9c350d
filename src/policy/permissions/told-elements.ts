import type { Schema } from "../../catalogue/compatibility/json-schema.ts";
import { fieldsOf } from "../../catalogue/fields-of.ts";
import type { ServiceDescription } from "../../catalogue/service-description.ts";
import type { Text, Vocabulary } from "../../catalogue/vocabulary.ts";
import { SealwayError } from "../../core/errors.ts";
import { isWithin, needs } from "../disclosure.ts";
import type { Purpose } from "../purpose.ts";

/**
 * The data elements that a permission is about, most general first as the purpose lists them: all that the purpose
 * needs, or of stated fields those of the fields.
 * @param fields JSON pointers of successful answers, or of a message, a caller's choice; null for all
 * @throws SealwayError `permission_terms` for a field that is in none of them, or that the purpose does not need
 */
export function toldElements(
  description: ServiceDescription,
  purpose: Pick<Purpose, "elements">,
  fields: readonly string[] | null,
): readonly string[] {
  if (fields === null) return purpose.elements;
  const disclosed = schemasOf(description).flatMap((schema) => [...fieldsOf(schema)]);
  const elements = fields.flatMap((wanted) => {
    const found = disclosed.filter(({ pointer }) => isWithin(pointer, wanted));
    const needed = found.flatMap(({ element }) =>
      element !== undefined && needs(purpose, element) ? [element] : [],
    );
    // What a caller wrote is not repeated: it could be anything.
    if (needed.length === 0)
      throw new SealwayError("permission_terms", "a field is none that is disclosed and the purpose needs");
    return needed;
  });
  return [...new Set(elements)].sort();
}

/** Of what is disclosed: of messages, or of successful answers. */
function schemasOf({ document: { endpoints, pattern } }: ServiceDescription): Schema[] {
  if (pattern === "message")
    return endpoints.flatMap(({ request }) => (request === undefined ? [] : [request.schema]));
  return endpoints
    .flatMap(({ responses = {} }) => Object.entries(responses))
    .flatMap(([status, { schema }]) => (status.startsWith("2") ? [schema] : []));
}

/** What people read of elements: their title, or that of the nearest one above that has one. */
export function elementTitles(elements: readonly string[], vocabulary: Pick<Vocabulary, "element">): Text[] {
  return elements.map((element) => titleOf(element, vocabulary));
}

function titleOf(element: string, vocabulary: Pick<Vocabulary, "element">): Text {
  for (let name = element; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const found = vocabulary.element(name);
    if (found !== undefined) return found.title;
  }
  return { en: element };
}
