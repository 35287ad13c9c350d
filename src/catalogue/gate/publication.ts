import type { DescriptionDocument } from "../description-document.ts";
import type { Vocabulary } from "../vocabulary.ts";

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
  /** The day on which it is published, ISO 8601. */
  readonly today: string;
}

/** Approved by the authority: this service may collect this element. */
export interface OnceOnlyException {
  readonly service: string;
  readonly element: string;
  readonly legalReference: string;
  /** Its last day, ISO 8601; without end unless told. */
  readonly until?: string;
}
