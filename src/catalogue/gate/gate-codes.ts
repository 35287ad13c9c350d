/** What becomes of a description that has the finding. */
export type Severity =
  /** It is not published. */
  | "refused"
  /** It is published, and the finding is told. */
  | "noted";

export interface GateCodeEntry {
  readonly severity: Severity;
  readonly title: string;
  readonly remedy: string;
}

/** Everything that the publishing gate finds, by its stable code. */
// biome-ignore format: a table is read by its columns
export const gateCodes = {
  "schema.invalid":            { severity: "refused", title: "It is not a JSON Schema (2020-12)", remedy: "Correct the keyword that is named." },
  "schema.too-large":          { severity: "refused", title: "The schema is too large or nested too deeply", remedy: "Split the service, or move repeated parts to $defs." },
  "schema.unknown-keyword":    { severity: "refused", title: "The keyword is unknown", remedy: "Remove it, or correct its spelling: nothing would check it." },
  "schema.remote-reference":   { severity: "refused", title: "A reference leads out of the document", remedy: "Copy what it names to $defs: nothing is fetched." },
  "schema.broken-reference":   { severity: "refused", title: "A reference leads nowhere", remedy: "Correct it, or add what it names to $defs." },
  "schema.circular-reference": { severity: "refused", title: "A reference comes back to itself", remedy: "Let recursion pass through a property or an array." },
  "schema.own-identifier":     { severity: "refused", title: "A part of the schema names itself", remedy: "Remove $id, $anchor and dynamic references; refer by #/$defs/." },
  "schema.open-object":        { severity: "refused", title: "The object takes members that are not described", remedy: "Add additionalProperties: false." },
  "schema.open-map":           { severity: "refused", title: "The object takes any names", remedy: "List the properties, or use an array of objects with a field for the name." },
  "schema.unbounded-string":   { severity: "refused", title: "The text may be of any length", remedy: "Add maxLength, enum, or a format of fixed length." },
  "schema.unbounded-array":    { severity: "refused", title: "The array may have any length", remedy: "Add maxItems." },
  "schema.untyped":            { severity: "refused", title: "Anything is allowed here", remedy: "State type, enum or const." },
  "schema.undescribed":        { severity: "refused", title: "The field has no description", remedy: "Say in a sentence what it holds, in description." },
  "schema.contradiction":      { severity: "refused", title: "Nothing can fit", remedy: "Bring the keywords that are named into agreement." },
  "schema.property-name":      { severity: "refused", title: "The name can be mistaken for another", remedy: "Use letters, digits, '_', '-' and '.', in ASCII, at most 100." },
} as const satisfies Readonly<Record<string, GateCodeEntry>>;

export type GateCode = keyof typeof gateCodes;

/** One thing that the gate found. */
export interface GateFinding {
  readonly code: GateCode;
  /** JSON pointer (RFC 6901) into the description. */
  readonly place: string;
  /** What is special here; empty when the title says it all. */
  readonly detail: string;
}
