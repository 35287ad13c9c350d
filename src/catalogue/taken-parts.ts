import type { EndpointDocument } from "./description-document.ts";

/*
 * Which parts of a request an endpoint takes beyond those whose schemas judge them. The gateway refuses by it, and the
 * gate compares versions by it: were there two readings, a change could break consumers and be called compatible.
 */

/** Of an endpoint without any schema everything is passed; with the first one, what is not described is refused. */
export function isDescribed({ request, parameters, responses }: EndpointDocument): boolean {
  return request !== undefined || parameters !== undefined || responses !== undefined;
}

/** The fields that a described endpoint's query may have: those with schemas, and those that name somebody. */
export function queryNames({ parameters = {}, subjects = [] }: EndpointDocument): ReadonlySet<string> {
  const described = Object.keys(parameters).filter((place) => place.startsWith(inQuery));
  const naming = subjects.filter((subject) => subject.in === "query").map(({ name }) => name);
  return new Set([...described.map((place) => place.slice(inQuery.length)), ...naming]);
}

const inQuery = "query:";

/** Whether a body without schema is taken: where nothing is described, and where it names somebody. */
export function takesUndescribedBody(endpoint: EndpointDocument): boolean {
  const { request, subjects = [] } = endpoint;
  return (
    request === undefined && (!isDescribed(endpoint) || subjects.some(({ in: place }) => place === "body"))
  );
}
