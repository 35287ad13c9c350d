export interface ImportCodeEntry {
  readonly title: string;
  readonly remedy: string;
}

/** What an OpenAPI document says that a description does not take from it, by stable code. */
// biome-ignore format: a table is read by its columns
export const importCodes = {
  "text.language":       { title: "Texts are taken for English", remedy: "Correct title, description and summaries if they are in another language." },
  "text.long":           { title: "The text is too long, and left out", remedy: "Write a shorter one." },
  "service.version":     { title: "The version is not semantic: 1.0.0 stands for it", remedy: "Write MAJOR.MINOR.PATCH." },
  "service.timeout":     { title: "OpenAPI has no time-out: 30 s stand for it", remedy: "Set timeoutMs." },
  "service.contact":     { title: "One contact does not tell steward from incidents", remedy: "Fill in contacts." },
  "service.servers":     { title: "Addresses of servers are not published", remedy: "The provider's security server has the address; a path in it belongs to that address." },
  "service.security":    { title: "Access is a matter of agreements", remedy: "Say in entitled who may ask for one." },
  "service.many":        { title: "It has more than 500 endpoints: the others are left out", remedy: "Split the service." },
  "document.member":     { title: "A description has no place for it", remedy: "Nothing, unless consumers must know: then say it in description." },
  "path.template":       { title: "The path is left out", remedy: "Use segments that are text or one {parameter}, whose name has letters, digits, '-' and '_'." },
  "parameter.in":        { title: "A description has parameters of path and query only", remedy: "Move it there, or to the body." },
  "parameter.name":      { title: "The parameter is left out for its name", remedy: "Use letters, digits, '_', '-', '.' and '~'." },
  "parameter.style":     { title: "The parameter is left out for the way it is written", remedy: "Describe it with schema, and style form or simple." },
  "parameter.use":       { title: "The parameter is left out: nobody can know what it is told for", remedy: "Add x-sealway-use (key, match, claim, notify or collect) and import again." },
  "media.kind":          { title: "Only JSON is described", remedy: "Offer other kinds as a service of contentKind opaque." },
  "media.schema":        { title: "There is no schema", remedy: "Add one: what is not described is not passed on." },
  "request.optional":    { title: "Whether there is a body is not left open", remedy: "Describe two endpoints, or require the body." },
  "response.status":     { title: "Only statuses of three digits, 200 to 599, are described", remedy: "List each status." },
  "response.empty":      { title: "An answer without a body is not described", remedy: "Answer with an object, or leave it: the status is passed on." },
  "example.elsewhere":   { title: "The example stands elsewhere, and nothing is fetched", remedy: "Write it in value." },
  "example.many":        { title: "Only 20 examples are kept", remedy: "Choose them." },
  "schema.keyword":      { title: "The keyword is left out", remedy: "Say it in other keywords of JSON Schema 2020-12, if it matters." },
  "schema.beside-ref":   { title: "OpenAPI 3.0 ignores what stands beside $ref", remedy: "Use allOf with the reference, if it matters." },
  "schema.nullable":     { title: "nullable has no effect here", remedy: "Add null to enum, or a type." },
  "extension.value":     { title: "The extension's value is not one of those that are possible", remedy: "Correct it." },
} as const satisfies Readonly<Record<string, ImportCodeEntry>>;

export type ImportCode = keyof typeof importCodes;

/** One thing that was left out or could not be inferred. */
export interface ImportNote {
  readonly code: ImportCode;
  /** JSON pointer (RFC 6901) into the OpenAPI document. */
  readonly place: string;
  /** What is special here; empty when the title says it all. */
  readonly detail: string;
}
