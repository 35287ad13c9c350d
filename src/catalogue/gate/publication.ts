import type { DescriptionDocument } from "../description-document.ts";
import type { Vocabulary } from "../vocabulary.ts";
import { checkChange } from "./check-change.ts";
import { checkEndpoints } from "./check-endpoints.ts";
import { checkFields } from "./check-fields.ts";
import { checkLaw } from "./check-law.ts";
import { checkOnceOnly } from "./check-once-only.ts";
import { checkSubjects } from "./check-subjects.ts";
import { type GateFinding, severityOf } from "./gate-codes.ts";

/** A description that is to be published, and what it is held against. */
export interface Publication {
  /** Fits `schemas/service`. */
  readonly document: DescriptionDocument;
  /** The version in force, where there is one. */
  readonly published: DescriptionDocument | undefined;
  /** All other services in force. */
  readonly catalogue: readonly DescriptionDocument[];
  readonly vocabulary: Vocabulary;
  /** Member classes of public authorities. */
  readonly publicClasses: ReadonlySet<string>;
  readonly exceptions: readonly OnceOnlyException[];
}

/** Approved by the authority: this service may collect this element. */
export interface OnceOnlyException {
  readonly service: string;
  readonly element: string;
  readonly legalReference: string;
}

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

/** Whether it may be published with these findings. */
export function isPublishable(findings: readonly GateFinding[]): boolean {
  return findings.every(({ code }) => severityOf(code) === "noted");
}
