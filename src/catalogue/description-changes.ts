import { canonicalJson, type Json } from "../core/canonical-json.ts";
import { pointerToken } from "../core/json-pointer.ts";
import { schemaDifferences } from "./compatibility/schema-differences.ts";
import type { DescriptionDocument, EndpointDocument } from "./description-document.ts";
import { fieldsOf } from "./fields-of.ts";
import { breakingChanges } from "./gate/check-change.ts";

/** One thing that is not as it was. */
export interface DescriptionChange {
  /** Whether a consumer of the older version may break by it. */
  readonly effect: "breaking" | "compatible";
  /** JSON pointer into the newer description. */
  readonly place: string;
  readonly detail: string;
}

/** What a newer description changes, by place and keyword: what breaks consumers first. */
export function descriptionChanges(
  before: DescriptionDocument,
  after: DescriptionDocument,
): readonly DescriptionChange[] {
  const breaking = breakingChanges(before, after).map(({ place, detail }) => ({
    effect: "breaking" as const,
    place,
    detail,
  }));
  const told = new Set(breaking.map(({ place }) => place.split("/")[1]));
  return [
    ...breaking,
    ...[...compatibleChanges(before, after)].filter(
      ({ place }) => place.startsWith("/endpoints/") || !told.has(place.slice(1)),
    ),
  ];
}

function* compatibleChanges(
  before: DescriptionDocument,
  after: DescriptionDocument,
): Generator<DescriptionChange> {
  yield* changedMembers(before, after);
  const old = new Map(before.endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  for (const [i, endpoint] of after.endpoints.entries()) {
    const name = `${endpoint.method} ${endpoint.path}`;
    const earlier = old.get(name);
    if (earlier === undefined) yield compatible(`/endpoints/${i}`, `${name} is new`);
    else yield* changedEndpoint(earlier, endpoint, `/endpoints/${i}`);
  }
}

const comparedOtherwise = new Set(["endpoints", "version"]);

function* changedMembers(
  before: DescriptionDocument,
  after: DescriptionDocument,
): Generator<DescriptionChange> {
  const [old, next] = [before, after] as unknown as Readonly<Record<string, Json>>[];
  for (const name of new Set([...Object.keys(old!), ...Object.keys(next!)])) {
    if (comparedOtherwise.has(name)) continue;
    const [was, is] = [old![name], next![name]];
    if (was === undefined) yield compatible(`/${name}`, "it is new");
    else if (is === undefined) yield compatible(`/${name}`, "it is gone");
    else if (canonicalJson(was) !== canonicalJson(is)) yield compatible(`/${name}`, "it is another");
  }
}

function* changedEndpoint(
  before: EndpointDocument,
  after: EndpointDocument,
  place: string,
): Generator<DescriptionChange> {
  for (const [name, { schema, required = false }] of Object.entries(after.parameters ?? {})) {
    const at = `${place}/parameters/${pointerToken(name)}`;
    const was = before.parameters?.[name];
    if (was === undefined) {
      if (!required) yield compatible(at, "it is new, and may be left out");
      continue;
    }
    if (was.required === true && !required) yield compatible(at, "it may be left out now");
    yield* told(schemaDifferences(schema, was.schema, "refused"), `${at}/schema`, "takes more than before");
  }
  if (before.request !== undefined && after.request !== undefined) {
    const differences = schemaDifferences(after.request.schema, before.request.schema, "refused");
    yield* told(differences, `${place}/request/schema`, "takes more than before");
  }
  for (const [status, { schema }] of Object.entries(after.responses ?? {})) {
    const was = before.responses?.[status];
    const at = `${place}/responses/${status}`;
    if (was === undefined && !status.startsWith("2")) yield compatible(at, "the status is new");
    if (was === undefined) continue;
    const known = new Set(fieldsOf(was.schema).map(({ pointer }) => pointer));
    for (const { pointer } of fieldsOf(schema)) {
      if (!known.has(pointer))
        yield compatible(`${at}/schema`, `${pointer} is new; it is cut until agreements name it`);
    }
    yield* told(schemaDifferences(was.schema, schema, "cut"), `${at}/schema`, "gives less than before");
  }
}

function* told(
  differences: ReturnType<typeof schemaDifferences>,
  place: string,
  what: string,
): Generator<DescriptionChange> {
  for (const { at, keyword } of differences) yield compatible(place, `${at || "/"} ${keyword}: ${what}`);
}

function compatible(place: string, detail: string): DescriptionChange {
  return { effect: "compatible", place, detail };
}
