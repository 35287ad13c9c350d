/** What is found against an agreement, by stable code. */
export interface AgreementCodeEntry {
  /** `refused`: it grants nothing; `noted`: somebody should look at it, and it grants all the same. */
  readonly effect: "refused" | "noted";
  readonly title: string;
  readonly remedy: string;
}

// biome-ignore format: a table is read by its columns
export const agreementCodes = {
  "service.unknown":    { effect: "refused", title: "The catalogue has no such service", remedy: "Wait until it is published, or correct the service's name." },
  "version.none":       { effect: "refused", title: "No published version is in the range", remedy: "Widen serviceVersions, or wait until a version of the range is published." },
  "purpose.unknown":    { effect: "refused", title: "The description has no such purpose, or not in this revision", remedy: "Name a purpose of the description, in a revision that is in force." },
  "field.unknown":      { effect: "refused", title: "No answer has the field", remedy: "Name fields of successful answers, * standing for every element of an array." },
  "field.beyond":       { effect: "refused", title: "No purpose of the agreement needs the field", remedy: "Remove the field, or agree on a purpose whose elements have it in them." },
  "fields.unsayable":   { effect: "refused", title: "More fields would be removed than an answer can name", remedy: "Grant whole objects, or ask for a service that answers less." },
  "content.opaque":     { effect: "refused", title: "The content is not read, so that no field can be cut", remedy: "Remove fields, or ask the provider to describe the service as json." },
  "grant.nothing":      { effect: "refused", title: "Nothing would be left of any answer", remedy: "Agree on fields or a purpose that the endpoints' answers have." },
  "predicate.suffices": { effect: "refused", title: "A service that says yes or no does for this purpose", remedy: "Ask that service instead, or write into reason why the full record is needed." },
  "predicate.since":    { effect: "noted", title: "Since it began, a service was published that says yes or no and does for this purpose", remedy: "Ask that service instead, or write into reason why the full record is needed." },
  "projection.invalid": { effect: "refused", title: "What is left of the answer has no valid schema", remedy: "Grant the object in which the fields stand as a whole." },
} as const satisfies Readonly<Record<string, AgreementCodeEntry>>;

export type AgreementCode = keyof typeof agreementCodes;

/** One finding. */
export interface AgreementFinding {
  readonly code: AgreementCode;
  /** JSON pointer (RFC 6901) into the agreement. */
  readonly place: string;
  /** What is special here; empty when the title says it all. */
  readonly detail: string;
}
