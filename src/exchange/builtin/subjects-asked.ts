import type { LocatedSubject } from "../../catalogue/locate-subjects.ts";
import type { Vocabulary } from "../../catalogue/vocabulary.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ServiceId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { checkControl } from "../../messagelog/statement/control-schemas.ts";
import type { AskedFor } from "../judge-request.ts";
import { builtInService } from "./built-in-services.ts";

/** Whom somebody names in a dry run. */
export interface NamedPerson {
  readonly scheme: string;
  readonly value: string;
}

/** What a consumer's gateway asks of `sealway.decide`: `schemas/control/v1/decisions.schema.json`. */
export interface AskedDecision extends AskedFor {
  /** Digest of the service's description. */
  readonly description: string;
  readonly endpoint: { readonly method: string; readonly template: string };
  /** Raw, without its question mark. */
  readonly query: string;
  readonly subjects: readonly LocatedSubject[];
}

/** @throws SealwayError `invalid_body` */
export function parseAskedDecision(body: Buffer): AskedDecision {
  return readAsked(parseStrictJson(body, "invalid_body"));
}

function readAsked(value: unknown): AskedDecision {
  checkControl("asked decision", value, "invalid_body");
  return value as AskedDecision;
}

/**
 * Whom a dry run is about. No description can locate them, since their scheme is the asker's choice; the record names
 * them by commitments as that of any call, and they find it.
 * @param body parsed JSON, anybody's
 * @returns nobody for other services
 * @throws SealwayError `invalid_body`, `subject_malformed`
 */
export function subjectsAsked(
  service: ServiceId,
  body: unknown,
  vocabulary: Pick<Vocabulary, "normalise">,
): LocatedSubject[] {
  if (builtInService(service)?.code !== "sealway.decide") return [];
  return readAsked(body).subjects.map(({ role, ...person }) => subjectOf(person, role, vocabulary));
}

/** @throws SealwayError `subject_malformed` */
export function subjectOf(
  { scheme, value: raw }: NamedPerson,
  role: LocatedSubject["role"],
  vocabulary: Pick<Vocabulary, "normalise">,
): LocatedSubject {
  const value = vocabulary.normalise(scheme, raw);
  if (value === undefined)
    throw new SealwayError("subject_malformed", "a subject is no identifier of its scheme");
  return { role, scheme, value };
}
