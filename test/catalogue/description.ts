/** A description that is good; `changes` replace or add members. */
export function description(changes: object = {}) {
  return {
    v: 1,
    id: "DEV/GOV/10000002/population/persons",
    version: "1.0.0",
    title: { en: "Persons" },
    contentKind: "json",
    timeoutMs: 30_000,
    endpoints: [{ method: "GET", path: "/persons/{code}" }],
    ...changes,
  };
}

/** The bytes of a document. */
export function bytesOf(document: unknown): Buffer {
  return Buffer.from(typeof document === "string" ? document : JSON.stringify(document));
}
