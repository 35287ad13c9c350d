import { checkChange } from "./check-change.ts";
import { checkEndpoints } from "./check-endpoints.ts";
import { checkFields } from "./check-fields.ts";
import { checkLaw } from "./check-law.ts";
import { checkOnceOnly } from "./check-once-only.ts";
import { checkPurposes } from "./check-purposes.ts";
import { checkSchemas } from "./check-schemas.ts";
import { checkSource } from "./check-source.ts";
import { checkSubjects } from "./check-subjects.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/** Every gateway keeps every description: characters of JSON. */
const mostCharacters = 2_000_000;
/** Nobody reads more; a hostile description has millions. */
const mostFindings = 5000;

/** What asks for the meaning of schemas. */
const ofMeaning: readonly ((publication: Publication) => Iterable<GateFinding>)[] = [
  checkFields,
  checkSubjects,
  checkSource,
  checkOnceOnly,
  checkChange,
];

/**
 * Everything that stands against a publication, and what is only noted; nothing is left out after the first. Where a
 * schema cannot be read (`schema.invalid`, references to nowhere or in a circle, too large), what it means is asked when
 * it can. The work is bounded whatever the description is.
 */
export function checkPublication(publication: Publication): readonly GateFinding[] {
  const size = JSON.stringify(publication.document).length;
  if (size > mostCharacters)
    return [{ code: "description.too-large", place: "", detail: `more than ${mostCharacters} characters` }];
  const { findings, faulty, readable } = checkSchemas(publication);
  return [
    ...checkLaw(publication),
    ...checkPurposes(publication),
    ...findings,
    ...checkEndpoints(publication, faulty),
    ...(readable ? ofMeaning.flatMap((check) => [...check(publication)]) : []),
  ].slice(0, mostFindings);
}
