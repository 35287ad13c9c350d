import type { Json } from "../core/canonical-json.ts";
import { type Breach, breachOf } from "./compiled-schemas.ts";
import type { EndpointDocument } from "./description-document.ts";
import { parameterReadings } from "./parameter-readings.ts";
import { isDescribed, queryNames, takesUndescribedBody } from "./taken-parts.ts";

/** What a request has that a description may describe; all of it anybody's. */
export interface DescribedRequest {
  /** Raw values of the path's parameters. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Raw query with its "?", or empty. */
  readonly query: string;
  /** The parsed JSON body; undefined when there is none, `unread` where bodies are not read. */
  readonly body: unknown;
}

/** How a request breaks its description, and which part of it does. */
export interface RequestBreach extends Breach {
  readonly part: "parameter" | "body";
}

/**
 * How a request breaks its description, or nothing. An endpoint of which neither parameters nor body nor answers are
 * described has nothing to break; where one of them is, an undescribed body or field of the query does.
 */
export function breachOfRequest(
  endpoint: EndpointDocument,
  { parameters, query, body }: DescribedRequest,
): RequestBreach | undefined {
  const inParameters = breachOfParameters(endpoint, parameters, query);
  if (inParameters !== undefined) return { part: "parameter", ...inParameters };
  const inBody = body === unread ? undefined : breachOfBody(endpoint, body);
  return inBody && { part: "body", ...inBody };
}

/** In a body's place: the content is not read. */
export const unread: unique symbol = Symbol("unread");

function breachOfBody(endpoint: EndpointDocument, body: unknown): Breach | undefined {
  if (endpoint.request !== undefined) return breachOfDocument(endpoint.request.schema, body);
  return body === undefined || takesUndescribedBody(endpoint)
    ? undefined
    : { place: "", keyword: "undescribed" };
}

function breachOfDocument(schema: EndpointSchema, body: unknown): Breach | undefined {
  if (body === undefined) return schema === true ? undefined : { place: "", keyword: "missing" };
  return breachOf(schema, body);
}

type EndpointSchema = NonNullable<EndpointDocument["request"]>["schema"];

/**
 * How an answer breaks what is described of its endpoint, or nothing. Where answers are described at all, a status that
 * is not among them breaks it.
 * @param body the parsed JSON body; undefined when there is none
 */
export function breachOfAnswer(
  { responses }: EndpointDocument,
  call: { readonly method: string; readonly status: number },
  body: unknown,
): Breach | undefined {
  if (responses === undefined) return undefined;
  const media = Object.hasOwn(responses, call.status) ? responses[call.status] : undefined;
  if (media === undefined) return { place: "", keyword: "status" };
  const isWithout =
    body === undefined && (call.method === "HEAD" || call.status === 204 || call.status === 205);
  return isWithout ? undefined : breachOfDocument(media.schema, body);
}

/** A field of the query that is not described is named by nobody but the caller: its place is `query:*`. */
function breachOfParameters(
  endpoint: EndpointDocument,
  inPath: ReadonlyMap<string, string>,
  query: string,
): Breach | undefined {
  if (!isDescribed(endpoint)) return undefined;
  const { parameters = {} } = endpoint;
  const inQuery = new URLSearchParams(query);
  for (const [place, { schema, required }] of Object.entries(parameters)) {
    const values = valuesAt(place, inPath, inQuery);
    if (values === undefined) return { place, keyword: "escape" };
    if (values.length === 0 && required === true) return { place, keyword: "missing" };
    const found = values.length === 0 ? undefined : breachOfReadings(schema, values);
    if (found !== undefined) return { place, keyword: found.keyword };
  }
  if (inQuery.size === 0) return undefined;
  const known = queryNames(endpoint);
  const isKnown = [...inQuery.keys()].every((name) => known.has(name));
  return isKnown ? undefined : { place: "query:*", keyword: "undescribed" };
}

/** @returns undefined for an escape that stands for no text */
function valuesAt(
  place: string,
  inPath: ReadonlyMap<string, string>,
  inQuery: URLSearchParams,
): readonly string[] | undefined {
  const name = place.slice(place.indexOf(":") + 1);
  if (place.startsWith("query:")) return inQuery.getAll(name);
  const raw = inPath.get(name);
  if (raw === undefined) return [];
  try {
    return [decodeURIComponent(raw)];
  } catch {
    return undefined;
  }
}

/** What is told of is the reading of the right type, or the text itself. */
function breachOfReadings(schema: EndpointSchema, values: readonly string[]): Breach | undefined {
  let told: Breach | undefined;
  for (const reading of parameterReadings(values) as readonly Json[]) {
    const found = breachOf(schema, reading);
    if (found === undefined) return undefined;
    if (told === undefined || (told.keyword === "type" && found.keyword !== "type")) told = found;
  }
  return told;
}
