import { findAmbiguities } from "./json-ambiguities.ts";

/** A place at which a text is not the JSON that we take. */
export interface JsonFault {
  /** `line 3, column 7` */
  readonly place: string;
  readonly problem: string;
}

const token =
  /[ \t\r\n]*(?:("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([{}[\],:]))/y;

/**
 * What JSON.parse does not say: where a text stops being JSON, which name an object has twice (two readers would
 * take different values), and nesting that is deeper than 64.
 * @param text anybody's
 * @returns nothing for a text that JSON.parse reads and nobody can read otherwise
 */
export function scanJson(text: string): JsonFault[] {
  if (!isJson(text)) return [firstFault(text)];
  const faults: JsonFault[] = [];
  findAmbiguities(text, (at, problem) => {
    if (problem !== "a lone surrogate") faults.push({ place: placeIn(text, at), problem });
  });
  return faults;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Goes through the tokens of a text that is not JSON to the first that may not stand where it stands. */
function firstFault(text: string): JsonFault {
  const open: ("}" | "]")[] = [];
  let expected: Expected = "value";
  let at = 0;
  for (;;) {
    token.lastIndex = at;
    const match = token.exec(text);
    at += /^[ \t\r\n]*/.exec(text.slice(at))![0].length;
    const kind = match?.[1] === undefined ? (match?.[3] ?? "scalar") : "string";
    const next: Expected | undefined = match === null ? undefined : follow(expected, kind, open.at(-1));
    if (next === undefined)
      return { place: placeIn(text, at), problem: `${words[expected]} is expected here` };
    if (kind === "{" || kind === "[") open.push(kind === "{" ? "}" : "]");
    if (kind === "}" || kind === "]") open.pop();
    expected = next === "after" && open.length === 0 ? "end" : next;
    at = token.lastIndex;
  }
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

/** What may come after a token, or undefined when the token may not come. @param closer of the innermost container */
function follow(expected: Expected, kind: string, closer: "}" | "]" | undefined): Expected | undefined {
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
      if (kind === closer) return "after";
      if (kind !== ",") return undefined;
      return closer === "}" ? "name" : "value";
    case "end":
      return undefined;
  }
}

function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
