import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { parseEndpointTemplate } from "../../core/endpoint-template.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import { schemaDifferences } from "../compatibility/schema-differences.ts";
import type { DescriptionDocument, EndpointDocument, SubjectLocation } from "../description-document.ts";
import { fieldsOf } from "../fields-of.ts";
import { isDescribed, queryNames, takesUndescribedBody } from "../taken-parts.ts";
import { covers } from "../vocabulary.ts";
import type { GateFinding } from "./gate-codes.ts";

/** One endpoint as it was and as it is, and where it stands now. */
interface Kept {
  readonly old: EndpointDocument;
  readonly next: EndpointDocument;
  readonly place: string;
}

/** Everything in the endpoints of `after` that may break a call which `before` described, or its answer. */
export function breakingEndpoints(
  before: DescriptionDocument,
  after: DescriptionDocument,
): readonly GateFinding[] {
  const found = new Map(after.endpoints.map((endpoint, i) => [nameOf(endpoint), i]));
  return before.endpoints.flatMap((old, was) => {
    const i = found.get(nameOf(old));
    if (i === undefined) return [breaking("/endpoints", `${nameOf(old)} is gone`)];
    const kept = { old, next: after.endpoints[i]!, place: `/endpoints/${i}` };
    return [
      ...shadows(before, after, was, i),
      ...compareDescribed(kept),
      ...compareParameters(kept),
      ...compareSubjects(kept),
      ...compareRequests(kept),
      ...compareResponses(kept),
      ...compareCuts(kept, before),
      ...compareHeaders(kept),
    ];
  });
}

/** The first endpoint that a call fits takes it: one that comes before takes calls of those behind. */
function* shadows(
  before: DescriptionDocument,
  after: DescriptionDocument,
  was: number,
  is: number,
): Generator<GateFinding> {
  const old = before.endpoints[was]!;
  const earlier = new Set(before.endpoints.slice(0, was).map(nameOf));
  for (const [i, other] of after.endpoints.slice(0, is).entries()) {
    if (!earlier.has(nameOf(other)) && mayMeet(other, old))
      yield breaking(`/endpoints/${i}`, `it takes calls of ${nameOf(old)}, which comes behind`);
  }
}

function mayMeet(one: EndpointDocument, other: EndpointDocument): boolean {
  if (one.method !== other.method && one.method !== "*" && other.method !== "*") return false;
  const [a, b] = [one.path, other.path].map((path) => parseEndpointTemplate(path).segments);
  for (let i = 0; ; i++) {
    const [left, right] = [a![i], b![i]];
    if (left?.kind === "rest" || right?.kind === "rest") return true;
    if (left === undefined || right === undefined) return left === right;
    if (left.kind === "literal" && right.kind === "literal" && left.decoded !== right.decoded) return false;
  }
}

function* compareDescribed({ old, next, place }: Kept): Generator<GateFinding> {
  if (!isDescribed(old) && isDescribed(next)) yield breaking(place, "what is not described is refused now");
}

function* compareParameters({ old, next, place }: Kept): Generator<GateFinding> {
  const at = (name: string) => `${place}/parameters/${pointerToken(name)}`;
  if (old.parameters === undefined && next.parameters !== undefined)
    yield breaking(`${place}/parameters`, "parameters that are not described are refused now");
  for (const [name, { schema, required = false }] of Object.entries(next.parameters ?? {})) {
    const before = old.parameters?.[name];
    const isThere = name.startsWith("path:") && old.path.includes(`{${name.slice("path:".length)}}`);
    if (required && before?.required !== true && !isThere) yield breaking(at(name), "it is required now");
    const was = before?.schema ?? (wasTaken(old, name) ? true : undefined);
    if (was !== undefined) yield* widened(was, schema, `${at(name)}/schema`);
  }
  if (!isDescribed(next)) return;
  for (const name of queryNames(old)) {
    if (!queryNames(next).has(name)) yield breaking(`${place}/parameters`, `query:${name} is gone`);
  }
}

/** Parameters that could be anything although they were not described: of the path, and where the query names somebody. */
function wasTaken(old: EndpointDocument, name: string): boolean {
  if (name.startsWith("path:") || old.parameters === undefined) return true;
  return queryNames(old).has(name.slice("query:".length));
}

/** A call in which nobody is found is refused, and identifiers are read by their scheme. */
function* compareSubjects({ old, next, place }: Kept): Generator<GateFinding> {
  const known = new Set((old.subjects ?? []).map(textOf));
  for (const [i, subject] of (next.subjects ?? []).entries()) {
    if (known.has(textOf(subject))) continue;
    const { in: where, name, role, scheme } = subject;
    yield breaking(
      `${place}/subjects/${i}`,
      `calls need not name ${role} (${scheme}) at ${name} in the ${where}`,
    );
  }
}

function textOf(subject: SubjectLocation): string {
  return canonicalJson(subject as unknown as Json);
}

function* compareRequests({ old, next, place }: Kept): Generator<GateFinding> {
  const at = `${place}/request`;
  const [before, after] = [old.request?.schema, next.request?.schema];
  if (before === undefined && after === undefined) {
    if (isDescribed(old) && takesUndescribedBody(old) && !takesUndescribedBody(next))
      yield breaking(at, "no body is taken any more");
    return;
  }
  if (before === undefined || after === undefined) {
    yield breaking(at, before === undefined ? "a body is taken now" : "no body is taken any more");
    return;
  }
  if (before === true && after !== true) yield breaking(at, "there must be a body now");
  yield* widened(before, after, `${at}/schema`);
}

/** Fields that consumers do not know are cut before they see them. */
function* compareResponses({ old, next, place }: Kept): Generator<GateFinding> {
  if (old.responses === undefined) return;
  if (next.responses === undefined)
    yield breaking(`${place}/responses`, "answers are not described any more");
  for (const [status, { schema }] of Object.entries(next.responses ?? {})) {
    const before = old.responses[status];
    const at = `${place}/responses/${status}`;
    if (before === undefined) {
      // That calls fail in more ways consumers must expect.
      if (Number(status) < 400) yield breaking(at, "consumers do not expect this status");
      continue;
    }
    if (schema === true && before.schema !== true) yield breaking(at, "there may be no body now");
    for (const { at: pointer, keyword, detail } of schemaDifferences(schema, before.schema, "cut")) {
      yield breaking(`${at}/schema`, `${pointer || "/"} ${keyword}: ${detail}`);
    }
  }
}

/** A field that is mapped to another element may fall out of what a purpose needs. */
function* compareCuts(
  { old, next, place }: Kept,
  { purposes = [] }: DescriptionDocument,
): Generator<GateFinding> {
  for (const [status, { schema }] of Object.entries(next.responses ?? {})) {
    const before = old.responses?.[status];
    if (before === undefined || !status.startsWith("2")) continue;
    const were = new Map(fieldsOf(before.schema).map((field) => [field.pointer, field.element]));
    for (const { pointer, element, leaf } of fieldsOf(schema)) {
      const was = were.get(pointer);
      if (!leaf || was === undefined || was === element) continue;
      const needed = (each: string | undefined, listed: readonly string[]) =>
        each !== undefined && listed.some((wanted) => covers(wanted, each));
      const cut = purposes.find(({ elements }) => needed(was, elements) && !needed(element, elements));
      if (cut !== undefined)
        yield breaking(
          `${place}/responses/${status}/schema`,
          `${pointer} was ${was}: it is cut for ${cut.id}`,
        );
    }
  }
}

function* compareHeaders({ old, next, place }: Kept): Generator<GateFinding> {
  const still = new Set((next.responseHeaders ?? []).map((name) => name.toLowerCase()));
  for (const name of old.responseHeaders ?? [])
    if (!still.has(name.toLowerCase())) yield breaking(`${place}/responseHeaders`, `${name} is gone`);
}

function* widened(before: Schema, after: Schema, place: string): Generator<GateFinding> {
  for (const { at, keyword, detail } of schemaDifferences(before, after, "refused")) {
    yield breaking(place, `${at || "/"} ${keyword}: ${detail}`);
  }
}

function breaking(place: string, detail: string): GateFinding {
  return { code: "version.breaking", place, detail };
}

function nameOf({ method, path }: EndpointDocument): string {
  return `${method} ${path}`;
}
