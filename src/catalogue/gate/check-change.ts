import { compareVersions } from "../../core/compare-versions.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import { schemaDifferences } from "../compatibility/schema-differences.ts";
import type { DescriptionDocument, EndpointDocument } from "../description-document.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/**
 * What a new version does to the consumers of the one in force: requests may only widen, answers only narrow in what
 * consumers rely on, unless the major number is raised (Semantic Versioning 2.0.0, item 8).
 */
export function checkChange({ document, published }: Publication): readonly GateFinding[] {
  if (published === undefined) return [];
  const order = compareVersions(document.version, published.version);
  if (order <= 0) {
    const detail = `${published.version} is in force`;
    return [{ code: "version.not-greater", place: "/version", detail }];
  }
  if (majorOf(document) > majorOf(published)) return [];
  return breakingChanges(published, document);
}

/** Everything in `after` that may break a consumer of `before`. */
export function breakingChanges(
  before: DescriptionDocument,
  after: DescriptionDocument,
): readonly GateFinding[] {
  const kept = new Map(after.endpoints.map((endpoint, i) => [nameOf(endpoint), { endpoint, i }]));
  const breaks = before.endpoints.flatMap((old) => {
    const found = kept.get(nameOf(old));
    if (found === undefined) return [breaking("/endpoints", `${nameOf(old)} is gone`)];
    const place = `/endpoints/${found.i}`;
    return [
      ...compareParameters(old, found.endpoint, place),
      ...compareRequests(old, found.endpoint, place),
      ...compareResponses(old, found.endpoint, place),
    ];
  });
  if (before.contentKind === after.contentKind) return breaks;
  return [breaking("/contentKind", `it was ${before.contentKind}`), ...breaks];
}

function* compareParameters(
  old: EndpointDocument,
  next: EndpointDocument,
  place: string,
): Generator<GateFinding> {
  for (const [name, { schema, required = false }] of Object.entries(next.parameters ?? {})) {
    const before = old.parameters?.[name];
    const at = `${place}/parameters/${pointerToken(name)}`;
    if (required && before?.required !== true && name.startsWith("query:")) {
      yield breaking(at, "it is required now");
    }
    if (before !== undefined) yield* widened(before.schema, schema, `${at}/schema`);
  }
  for (const name of Object.keys(old.parameters ?? {})) {
    if (next.parameters?.[name] === undefined) yield breaking(`${place}/parameters`, `${name} is gone`);
  }
}

function* compareRequests(
  old: EndpointDocument,
  next: EndpointDocument,
  place: string,
): Generator<GateFinding> {
  if (old.request === undefined && next.request === undefined) return;
  if (old.request === undefined || next.request === undefined) {
    yield breaking(
      `${place}/request`,
      old.request === undefined ? "a body is taken now" : "no body is taken any more",
    );
    return;
  }
  yield* widened(old.request.schema, next.request.schema, `${place}/request/schema`);
}

/** Fields that consumers do not know are cut before they see them. */
function* compareResponses(
  old: EndpointDocument,
  next: EndpointDocument,
  place: string,
): Generator<GateFinding> {
  for (const [status, { schema }] of Object.entries(next.responses ?? {})) {
    const before = old.responses?.[status];
    const at = `${place}/responses/${status}`;
    if (before === undefined) {
      if (status.startsWith("2")) yield breaking(at, "consumers do not expect this status");
      continue;
    }
    for (const { at: pointer, keyword, detail } of schemaDifferences(schema, before.schema, "cut")) {
      yield breaking(`${at}/schema`, `${pointer || "/"} ${keyword}: ${detail}`);
    }
  }
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

function majorOf({ version }: DescriptionDocument): number {
  return Number(version.split(".")[0]);
}
