import { checkChange } from "./check-change.ts";
import { checkEndpoints } from "./check-endpoints.ts";
import { checkFields } from "./check-fields.ts";
import { checkLaw } from "./check-law.ts";
import { checkOnceOnly } from "./check-once-only.ts";
import { checkSubjects } from "./check-subjects.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

const checks: readonly ((publication: Publication) => readonly GateFinding[])[] = [
  checkLaw,
  checkEndpoints,
  checkFields,
  checkSubjects,
  checkOnceOnly,
  checkChange,
];

/** Everything that stands against a publication, and what is only noted; nothing is left out after the first. */
export function checkPublication(publication: Publication): readonly GateFinding[] {
  return checks.flatMap((check) => check(publication));
}
