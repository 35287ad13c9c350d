/**
 * A document for people: a line for each fact, what belongs to something indented below it. Names are the document's own
 * in words: `responsibleAuthority` as `responsible authority`.
 * @param leftOut names of members that people do not read, such as schemas
 */
export function factLines(value: object, leftOut: ReadonlySet<string> = new Set(), indent = ""): string[] {
  return Object.entries(value).flatMap(([name, fact]: [string, unknown]) => {
    const label = `${indent}${inWords(name)}`;
    if (leftOut.has(name)) return [`${label}: see --json`];
    if (isPlain(fact)) return [`${label}: ${plainText(fact)}`];
    if (Array.isArray(fact) && fact.every(isPlain))
      return [`${label}: ${fact.map(plainText).join(", ") || "none"}`];
    return [`${label}:`, ...factLines(fact as object, leftOut, `${indent}  `)];
  });
}

/** A place in a list is counted from 1. */
function inWords(name: string): string {
  if (/^\d+$/.test(name)) return `${Number(name) + 1}`;
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

function plainText(value: unknown): string {
  const text = value === null ? "-" : String(value);
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ");
}
