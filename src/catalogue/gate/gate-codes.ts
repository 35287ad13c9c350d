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
  "schema.too-large":          { severity: "refused", title: "The schema is too large or nested too deeply", remedy: "Split the service, move repeated parts to $defs, and long lists of codes to a service of their own." },
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
  "schema.fan-out":           { severity: "refused", title: "Checking one document could take very long", remedy: "Refer to a part once at each place, let recursion pass through one alternative, and lower maxItems beside uniqueItems." },
  "schema.unknown-format":    { severity: "refused", title: "The format is unknown", remedy: "Use one of JSON Schema's, or a pattern: nothing would check it." },
  "schema.slow-pattern":      { severity: "refused", title: "Some texts would keep the regular expression busy", remedy: "Let no two parts match the same characters side by side or inside each other; begin with ^; add or lower maxLength." },
  "schema.unjudged-pattern":   { severity: "refused", title: "It cannot be told how long the regular expression takes", remedy: "Write it without back-references, looks behind and long counted repetitions, or use enum." },
  // The description as a whole
  "description.missing":       { severity: "refused", title: "The description lacks a part", remedy: "Add what is named: consumers, officers and the persons concerned read it." },
  "description.too-large":     { severity: "refused", title: "The description is too large", remedy: "Split the service: every gateway keeps a copy." },
  "description.code":          { severity: "refused", title: "The service code can be mistaken for another, or is too long", remedy: "Use up to 63 lower-case letters, digits and '-', in ASCII, beginning with a letter." },
  "law.provision":             { severity: "refused", title: "No law allows the service", remedy: "Name a lawful basis with its provision; an agreement is none." },
  "law.consent":               { severity: "refused", title: "A public authority relies on consent", remedy: "Name a law, or the data protection officer who accepted consent, in acceptedBy." },
  "purpose.element":           { severity: "refused", title: "The purpose needs what the service does not give", remedy: "Remove the element from the purpose, or map a field to it." },
  "purpose.basis":             { severity: "refused", title: "The purpose rests on a lawful basis that the description does not have", remedy: "Name one of lawfulBases, with the same provision." },
  "purpose.expired":           { severity: "refused", title: "The purpose has ended, or ends on a day that there is not", remedy: "Correct validUntil, or remove the purpose." },
  "purpose.reason":            { severity: "refused", title: "A reason is given for an element that the purpose does not need", remedy: "Remove it from reasons, or add the element." },
  "subject.not-located":       { severity: "refused", title: "Nobody could see who asked about them", remedy: "Say in subjects or answerSubjects where persons stand." },
  "subject.not-there":         { severity: "refused", title: "The place of a person is not in the schema", remedy: "Correct the pointer, or describe the field." },
  "subject.scheme":            { severity: "refused", title: "The identifier scheme is unknown", remedy: "Use one of the vocabulary, or have yours added." },
  "subject.untraceable":       { severity: "noted",   title: "Persons are not traceable", remedy: "If the documents are about persons, say in subjects where the request names them." },
  // Endpoints and fields
  "endpoint.parameter":        { severity: "refused", title: "Path and parameters do not agree", remedy: "Describe each parameter of the path as path:name, and no other." },
  "endpoint.answer":           { severity: "refused", title: "No successful answer is described", remedy: "Add a schema for a status of 2xx." },
  "element.unmapped":          { severity: "refused", title: "The field is mapped to no data element", remedy: "Add x-sealway-element with an element of the vocabulary." },
  "element.unknown":           { severity: "refused", title: "The vocabulary has no such data element", remedy: "Correct the name, or have the element added." },
  "element.use":               { severity: "refused", title: "It is not said what the field is told for", remedy: "Add x-sealway-use: key, match, claim, notify or collect." },
  "element.ambiguous":         { severity: "refused", title: "The field is mapped in two ways", remedy: "State its element and its use once, at the field itself." },
  "example.missing":           { severity: "refused", title: "There is no example", remedy: "Add one: the mock answers with it." },
  "example.invalid":           { severity: "refused", title: "The example does not fit its schema", remedy: "Correct the example or the schema." },
  // Once-only
  "once-only.collects":        { severity: "refused", title: "People are asked for what a register holds", remedy: "Call the service that is named, or have an exception approved with its legal reference." },
  "once-only.second-source":   { severity: "refused", title: "Another register is the authentic source already", remedy: "Narrow territory, population or period, or name the coordinator of both." },
  "source.scope":              { severity: "refused", title: "Territory or period of the authentic source cannot be read", remedy: "Use ISO 3166 or the instance's codes (EE, EE-37, DEV-37), and days that follow each other." },
  "source.element":            { severity: "refused", title: "The service does not give what its register is said to hold", remedy: "Remove the element from source, or map a field to it." },
  "predicate.discloses":       { severity: "refused", title: "A service of yes or no gives what the full one gives", remedy: "Map its answer to an element that only answers, or remove predicateOf." },
  "predicate.unknown":         { severity: "refused", title: "The service of which it tells yes or no is not published", remedy: "Correct predicateOf." },
  // Against the version in force
  "version.not-greater":       { severity: "refused", title: "The version is not greater than the one in force", remedy: "Raise it: major for breaking changes, minor for others." },
  "version.breaking":          { severity: "refused", title: "The change breaks consumers", remedy: "Undo it, or publish it as a new major version." },
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
