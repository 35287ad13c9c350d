import { fieldsOf } from "../catalogue/fields-of.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import type { KeptMembers } from "../core/cut-json.ts";
import { pointerToken } from "../core/json-pointer.ts";
import { disclosureOfMessage, findsSomebody, type Grounds, limitsSuccess, needs } from "./disclosure.ts";

/** The parts of a message in which its sender tells something. */
export interface ToldParts {
  /** Parsed JSON, anybody's; undefined without a body. */
  readonly body: unknown;
  /** By name, raw. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Raw query with its "?", or empty. */
  readonly query: string;
}

/**
 * What of a message may not be disclosed: it is refused, never cut, since nobody changes what an information system
 * sent. A field that nobody described is named by what it stands in: its name could be anything.
 * @returns JSON pointers (RFC 6901) into the body, `*` for every element of an array, and parameters as descriptions
 *   name them (`query:since`), each once; none when all of it may
 */
export function ungrantedFields(
  description: ServiceDescription,
  endpoint: Endpoint,
  grounds: Grounds,
  told: ToldParts,
): readonly string[] {
  if (!limitsSuccess(grounds)) return [];
  const found = new Set(ungrantedParameters(endpoint, grounds, told));
  if (told.body !== undefined) {
    const { kept } = disclosureOfMessage(description, endpoint, grounds);
    const schema = endpoint.document.request?.schema ?? true;
    const described = new Set(fieldsOf(schema).map(({ pointer }) => pointer));
    for (const pointer of outside(told.body, kept, "", described)) found.add(pointer);
  }
  return [...found];
}

/** @param kept of what stands at the pointer; undefined when nothing may stay */
function* outside(
  value: unknown,
  kept: KeptMembers | undefined,
  pointer: string,
  described: ReadonlySet<string>,
): Generator<string> {
  // Null says nothing; of what may stay whole nothing is outside.
  if (value === null || kept === "whole") return;
  if (Array.isArray(value)) {
    const below = `${pointer}/*`;
    for (const element of value)
      yield* outside(element, kept, described.has(below) ? below : pointer, described);
  } else if (typeof value === "object") {
    yield* outsideMembers(value, kept, pointer, described);
  } else if (kept !== "plain") {
    yield pointer;
  }
}

function* outsideMembers(
  value: object,
  kept: KeptMembers | undefined,
  pointer: string,
  described: ReadonlySet<string>,
): Generator<string> {
  for (const [name, member] of Object.entries(value)) {
    const below = `${pointer}/${pointerToken(name)}`;
    const left = typeof kept === "object" && Object.hasOwn(kept, name) ? kept[name] : undefined;
    if (!described.has(below)) yield pointer;
    else yield* left === undefined ? [below] : outside(member, left, below, described);
  }
}

/** A list of granted fields names none of the parameters: of them only those that find somebody may be there then. */
function* ungrantedParameters(
  { document }: Endpoint,
  { agreement, permission = null, purpose }: Grounds,
  { parameters, query }: ToldParts,
): Generator<string> {
  const grants = [purpose, permission].filter((grant) => grant !== null);
  const isListed = [agreement, permission].some((grant) => (grant?.fields ?? null) !== null);
  const naming = (document.subjects ?? []).map(({ in: place, name }) => `${place}:${name}`);
  const places = [
    ...[...parameters.keys()].map((name) => `path:${name}`),
    ...[...new URLSearchParams(query).keys()].map((name) => `query:${name}`),
  ];
  for (const place of places) {
    const parameter = Object.hasOwn(document.parameters ?? {}, place)
      ? document.parameters![place]
      : undefined;
    if (findsSomebody(parameter?.use) || naming.includes(place)) continue;
    const isNeeded = parameter !== undefined && grants.every((grant) => needs(grant, parameter.element));
    if (isNeeded && !isListed) continue;
    yield parameter === undefined ? place.slice(0, place.indexOf(":")) : place;
  }
}
