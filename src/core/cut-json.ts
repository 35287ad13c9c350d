/** Members of an object, or of each object in an array, that stay; all others go. */
export interface KeptTable {
  readonly [name: string]: KeptMembers;
}

/**
 * What stays of a value in a JSON document: `whole` keeps it as it is, and so does `plain`, where no object is expected:
 * who cuts looks first whether there is one. Of an array, the same stays of each element; values that are neither object
 * nor array stay.
 */
export type KeptMembers = "whole" | "plain" | KeptTable;

/**
 * Cuts members out of a JSON text and leaves every other character as it stands: numbers, escapes, order and white
 * space of what is kept are those of the source.
 * @param text one that `parseStrictJson` took: no name stands twice, nothing is nested deeper than 64
 * @returns the same text when nothing was cut
 */
export function cutJson(text: string, kept: KeptMembers): string {
  return typeof kept === "string" ? text : new Cut(text).run(kept);
}

const quote = 0x22;
const backslash = 0x5c;
const openings: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const closings: ReadonlySet<number> = new Set([0x7d, 0x5d]);

class Cut {
  readonly #text: string;
  readonly #out: string[] = [];
  /** Everything before it was copied or cut. */
  #copied = 0;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(kept: KeptMembers): string {
    this.#skipSpace();
    this.#value(kept);
    if (this.#out.length === 0) return this.#text;
    this.#out.push(this.#text.slice(this.#copied));
    return this.#out.join("");
  }

  /** Stands on the first character of a value; afterwards behind its last. */
  #value(kept: KeptMembers): void {
    const opening = this.#text[this.#at];
    if (typeof kept === "string" || (opening !== "{" && opening !== "[")) this.#skipValue();
    else if (opening === "{") this.#object(kept);
    else this.#array(kept);
  }

  #array(kept: KeptMembers): void {
    this.#at++;
    this.#skipSpace();
    while (this.#text[this.#at] !== "]") {
      this.#value(kept);
      this.#skipSpace();
      if (this.#text[this.#at] === ",") this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  /** A member reaches from behind `{` or `,` to before `,` or `}`; the comma that goes with it is the one before. */
  #object(kept: KeptTable): void {
    this.#at++;
    let first = true;
    let start = this.#at;
    this.#skipSpace();
    while (this.#text[this.#at] !== "}") {
      const name = this.#name();
      const keep = Object.hasOwn(kept, name) ? kept[name] : undefined;
      const before = this.#text[start - 1] === "," ? start - 1 : start;
      if (keep === undefined) this.#skipValue();
      else {
        // The first that is kept stands behind the opening brace, without a comma.
        if (first && before < start) this.#drop(before, start);
        first = false;
        this.#value(keep);
      }
      this.#skipSpace();
      if (keep === undefined) this.#drop(before, this.#at);
      if (this.#text[this.#at] !== ",") break;
      this.#at++;
      start = this.#at;
      this.#skipSpace();
    }
    this.#at++;
  }

  /** Reads a name and goes on to its value. */
  #name(): string {
    const start = this.#at;
    this.#skipString();
    const name = JSON.parse(this.#text.slice(start, this.#at)) as string;
    this.#skipSpace();
    this.#at++;
    this.#skipSpace();
    return name;
  }

  #drop(from: number, to: number): void {
    this.#out.push(this.#text.slice(this.#copied, from));
    this.#copied = to;
  }

  #skipValue(): void {
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text.charCodeAt(this.#at);
      if (c === quote) {
        this.#skipString();
        this.#at--;
      } else if (openings.has(c)) depth++;
      else if (closings.has(c)) {
        if (depth === 0) return;
        depth--;
      } else if (c === 0x2c && depth === 0) return;
    }
  }

  #skipString(): void {
    this.#at++;
    for (let c = this.#text.charCodeAt(this.#at); c !== quote; c = this.#text.charCodeAt(this.#at)) {
      this.#at += c === backslash ? 2 : 1;
    }
    this.#at++;
  }

  #skipSpace(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }
}
