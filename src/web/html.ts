/** A piece of HTML whose every value was escaped when it was put in. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** From a template's own text; values never come this way. */
  static ofTemplate(text: string): Html {
    return new Html(text);
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: text is escaped, lists are joined, null and undefined leave nothing. */
export type Child = Html | string | number | null | undefined | readonly Child[];

/**
 * A template of HTML: whatever stands in `${}` is text, or was made by `html` itself. Values may stand between tags and
 * in quoted attributes; there is no way to put one into a tag's name, an attribute without quotes, a script or a style.
 * @throws TypeError for a template with a value in such a place, and for an address that leads elsewhere: faults of the
 *   program
 */
export function html(strings: TemplateStringsArray, ...values: readonly Child[]): Html {
  checkPlaces(strings);
  let text = strings[0]!;
  for (const [i, value] of values.entries()) {
    if (beginsAddress.test(strings[i]!)) checkAddress(value);
    text += textOf(value) + strings[i + 1]!;
  }
  return Html.ofTemplate(text);
}

const beginsAddress = /\b(?:href|action|formaction|src)="$/;

/** An address that a value begins is one of this very site: never `javascript:`, never another host. */
function checkAddress(value: Child): void {
  if (typeof value !== "string" || !/^(?:[?#]|\/(?![/\\]))/.test(value))
    throw new TypeError("an address must be a path, query or fragment of this site");
}

function textOf(value: Child): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Html) return value.toString();
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return String(value);
  return value.map(textOf).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What has no place in a text that people rely on: controls, what nobody sees, and what turns the direction of what follows. */
const hidden = String.raw`\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e00ff}`;
const misleading = new RegExp(String.raw`[\p{Cc}${hidden}]`, "u");
const misleadingOrLone = new RegExp(String.raw`[\p{Cs}${hidden}]|(?![\t\n])\p{Cc}`, "gu");

function escaped(value: string): string {
  return value.replace(misleadingOrLone, "\ufffd").replace(/[&<>"']/g, (character) => entities[character]!);
}

/**
 * JSON that a page shows, and gets back, as it is: what pages replace stands in it as `\uXXXX`, which says the same.
 * @param text JSON, or what is to become it
 */
export function plainJson(text: string): string {
  return text.replace(misleadingOrLone, (character) =>
    Array.from({ length: character.length }, (_, i) => {
      return `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }).join(""),
  );
}

/** Whether a text shows exactly what it says: without characters that this page would have to replace. */
export function showsAsItIs(text: string): boolean {
  return text.isWellFormed() && !misleading.test(text.replace(/[\t\n]/g, ""));
}

/** Templates that were looked at: each is the same object whenever it is used. */
const checked = new WeakSet<TemplateStringsArray>();

function checkPlaces(strings: TemplateStringsArray): void {
  if (checked.has(strings)) return;
  let before = "";
  for (const part of strings.slice(0, -1)) {
    before += part;
    if (!isSafePlace(before)) throw new TypeError(`no value may stand behind ${before.slice(-40)}`);
    before += "x";
  }
  checked.add(strings);
}

/** What would run, load or restyle; of SVG what would lead elsewhere or change attributes, too. */
const unsafeElements = /<(?:script|style|iframe|object|embed|foreignobject|use|set|animate\w*|image)\b/i;

/** Between tags, or within an attribute's double quotes. */
function isSafePlace(before: string): boolean {
  if (unsafeElements.test(before)) return false;
  const tag = before.lastIndexOf("<");
  if (tag < 0 || before.indexOf(">", tag) > 0) return true;
  return /^<[a-z][a-z0-9]*(?:\s+[a-z][a-z0-9-]*(?:="[^"]*")?)*\s+[a-z][a-z0-9-]*="[^"]*$/.test(
    before.slice(tag),
  );
}
