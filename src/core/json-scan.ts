/** A place at which a text is not the JSON that we take. */
export interface JsonFault {
  /** `line 3, column 7` */
  readonly place: string;
  readonly problem: string;
}

const token =
  /[ \t\r\n]*(?:("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:]))/y;
const maxDepth = 64;

/**
 * What JSON.parse does not say: where a text stops being JSON, which name an object has twice (two readers would
 * take different values), and nesting that is deeper than 64.
 * @param text anybody's
 * @returns nothing for a text that JSON.parse reads and nobody can read otherwise
 */
export function scanJson(text: string): JsonFault[] {
  const faults: JsonFault[] = [];
  const open: Container[] = [];
  let expected: Expected = "value";
  let at = 0;
  const fail = (problem: string): JsonFault[] => [...faults, { place: placeIn(text, at), problem }];
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) {
      at += /^[ \t\r\n]*/.exec(text.slice(at))![0].length;
      return at === text.length && expected === "end" ? faults : fail(`${words[expected]} is expected here`);
    }
    at += match[0].length - (match[1] ?? match[2] ?? match[3])!.length;
    const kind = match[1] === undefined ? (match[3] ?? "scalar") : "string";
    const inside = open.at(-1);
    const next = follow(expected, kind, inside);
    if (next === undefined) return fail(`${words[expected]} is expected here`);
    if (kind === "{" || kind === "[") open.push({ closes: kind === "{" ? "}" : "]", names: new Set() });
    if (open.length > maxDepth) return fail(`nested deeper than ${maxDepth}`);
    if (kind === "}" || kind === "]") open.pop();
    if (expected.startsWith("name") && kind === "string") {
      const name = JSON.parse(match[1]!) as string;
      if (inside!.names.has(name))
        faults.push({ place: placeIn(text, at), problem: "a name that stands twice" });
      inside!.names.add(name);
    }
    expected = next === "after" && open.length === 0 ? "end" : next;
    at = token.lastIndex;
  }
}

interface Container {
  readonly closes: "}" | "]";
  readonly names: Set<string>;
}
type Expected = "value" | "value or ]" | "name" | "name or }" | "colon" | "after" | "end";

const words: Readonly<Record<Expected, string>> = {
  value: "a value",
  "value or ]": "a value or ]",
  name: 'a name in "',
  "name or }": 'a name in " or }',
  colon: "a colon",
  after: "a comma or the end of the object or array",
  end: "the end of the file",
};

/** What may come after a token, or undefined when the token may not come. */
function follow(expected: Expected, kind: string, inside: Container | undefined): Expected | undefined {
  switch (expected) {
    case "value":
    case "value or ]":
      if (kind === "{") return "name or }";
      if (kind === "[") return "value or ]";
      if (kind === "string" || kind === "scalar") return "after";
      return kind === "]" && expected === "value or ]" ? "after" : undefined;
    case "name":
    case "name or }":
      if (kind === "string") return "colon";
      return kind === "}" && expected === "name or }" ? "after" : undefined;
    case "colon":
      return kind === ":" ? "value" : undefined;
    case "after":
      if (kind === inside?.closes) return "after";
      if (kind !== ",") return undefined;
      return inside?.closes === "}" ? "name" : "value";
    case "end":
      return undefined;
  }
}

function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
