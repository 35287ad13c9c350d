import type { Schema } from "../../catalogue/compatibility/json-schema.ts";
import { type Field, fieldsOf } from "../../catalogue/fields-of.ts";
import type { Endpoint, ServiceDescription } from "../../catalogue/service-description.ts";
import { covers } from "../../catalogue/vocabulary.ts";
import { isWithin } from "../../policy/disclosure.ts";

/** Which endpoint of a service an exchange called. */
export interface CalledEndpoint {
  readonly method: string;
  readonly template: string;
}

/** The fields in which a service discloses: of the endpoint called, or of all where that is not known. */
function disclosedFields(description: ServiceDescription, called?: CalledEndpoint): readonly Field[] {
  const endpoints =
    called === undefined
      ? description.endpoints
      : description.endpoints.filter((one) => isCalled(one, called));
  const schemas = endpoints.flatMap((endpoint): Schema[] => {
    const { request, responses = {} } = endpoint.document;
    if (description.document.pattern === "message") return request === undefined ? [] : [request.schema];
    return endpoint.successes.map((status) => responses[status]!.schema);
  });
  return schemas.flatMap((schema) => fieldsOf(schema));
}

/** A description may have `*` for the method. */
function isCalled({ method, template }: Endpoint, called: CalledEndpoint): boolean {
  return template.text === called.template && (method === "*" || method === called.method);
}

/**
 * Whether a JSON pointer leads to a field that the description has, an index or `*` standing for elements of an array: then it
 * holds nothing but names that were published, and numbers.
 * @param pointer anybody's
 */
export function describesPointer(description: ServiceDescription, pointer: string): boolean {
  const tokens = pointer.split("/");
  return disclosedFields(description).some((field) => {
    const names = field.pointer.split("/");
    return names.length === tokens.length && names.every((name, i) => isToken(name, tokens[i]!));
  });
}

function isToken(name: string, token: string): boolean {
  return name === token || (name === "*" && /^(?:0|[1-9][0-9]{0,5})$/.test(token));
}

/**
 * Whether an exchange may have disclosed one of the elements: by description and by what was cut, not by what the answer
 * held. Of what no schema describes nobody knows, and so it may.
 * @param removed JSON pointers of what was cut from the answer
 * @param elements a whole stands for its parts, and a part for the whole that it is disclosed in
 */
export function mayDisclose(
  description: ServiceDescription | undefined,
  called: CalledEndpoint | undefined,
  removed: readonly string[],
  elements: readonly string[],
): boolean {
  if (description === undefined || description.contentKind !== "json") return true;
  const fields = disclosedFields(description, called);
  if (fields.length === 0) return true;
  return fields.some(({ pointer, element, leaf }) => {
    if (!leaf || removed.some((one) => isWithin(pointer, one))) return false;
    return element === undefined || elements.some((one) => covers(one, element) || covers(element, one));
  });
}
