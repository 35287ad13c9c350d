import { compareVersions } from "../../core/compare-versions.ts";
import type { DescriptionDocument } from "../description-document.ts";
import { breakingEndpoints } from "./breaking-endpoints.ts";
import { breakingTerms } from "./breaking-terms.ts";
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
  return [...breakingTerms(before, after), ...breakingEndpoints(before, after)];
}

function majorOf({ version }: DescriptionDocument): number {
  return Number(version.split(".")[0]);
}
