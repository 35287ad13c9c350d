/** Why two readers of a JSON text could take different values from it, or one of them none. */
export type Ambiguity = "a name that stands twice" | "a lone surrogate" | "nested deeper than 64";

const maxDepth = 64;

/**
 * Walks a text once and tells what JSON.parse lets pass (RFC 8259 §4 and §8.2, RFC 7493 §2). It looks at names,
 * escapes and nesting only, which costs less than parsing; beyond depth 64 it does not go on.
 * @param text one that JSON.parse reads
 * @param tell gets the index of the character at which each stands; may throw
 */
export function findAmbiguities(text: string, tell: (at: number, ambiguity: Ambiguity) => void): void {
  const escapes = text.includes("\\");
  const outer: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let nameNext = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    switch (c) {
      case 0x22: {
        const end = escapes ? endOfString(text, i) : text.indexOf('"', i + 1);
        if (nameNext || escapes) {
          const value = unescaped(text.slice(i + 1, end));
          if (escapes && !value.isWellFormed()) tell(i, "a lone surrogate");
          if (nameNext && names?.has(value)) tell(i, "a name that stands twice");
          if (nameNext) names?.add(value);
        }
        nameNext = false;
        i = end;
        break;
      }
      case 0x7b:
      case 0x5b:
        if (outer.length === maxDepth) {
          tell(i, "nested deeper than 64");
          return;
        }
        outer.push(names);
        nameNext = c === 0x7b;
        names = nameNext ? new Set() : undefined;
        break;
      case 0x7d:
      case 0x5d:
        names = outer.pop();
        nameNext = false;
        break;
      case 0x2c:
        nameNext = names !== undefined;
        break;
    }
  }
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}

/** What stands between the quotation marks, without its escapes. */
function unescaped(inner: string): string {
  return inner.includes("\\") ? (JSON.parse(`"${inner}"`) as string) : inner;
}
