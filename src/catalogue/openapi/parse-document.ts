import {
  type Document,
  isMap,
  isNode,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument as parseYaml,
  type Scalar,
  visit,
} from "yaml";
import type { Json } from "../../core/canonical-json.ts";
import { ConfigurationError, type ConfigurationFault } from "../../core/configuration-file.ts";
import { SealwayError } from "../../core/errors.ts";
import { scanJson } from "../../core/json-scan.ts";
import { pointerLines } from "../../core/pointer-lines.ts";
import { isJsonText, parseStrictJson } from "../../core/strict-json.ts";

/** Largest document that is read, bytes of UTF-8. */
export const maxDocumentBytes = 10 * 1024 * 1024;

/** As deep as JSON is read elsewhere. */
const mostDepth = 64;
/** After aliases are expanded. */
const mostValues = 1_000_000;
/** Words and marks of YAML: what the library makes of each takes half a kilobyte and more. */
const mostTokens = 2_500_000;
/** An alias of an alias counts for all that it stands for. */
const maxAliasCount = 1000;

/**
 * Reads a document that may be JSON or YAML 1.2 (core schema, string keys, merge keys): one value that every reader
 * takes for the same, as JSON has it.
 * @param file its name, for messages
 * @param bytes anybody's
 * @param tokens of YAML, at most
 * @throws ConfigurationError naming the places
 */
export function parseDocument(file: string, bytes: Uint8Array, tokens = mostTokens): Json {
  if (bytes.length > maxDocumentBytes) throw unusable(file, `it has more than ${maxDocumentBytes} bytes`);
  const text = textOf(file, bytes);
  return isJsonText(text) ? parseJsonText(file, text) : parseYamlText(file, text, tokens);
}

/**
 * The line of a document at which each of the places stands; where a place is not there, or stands behind an alias, the
 * line of what it is missing in.
 * @param text JSON or YAML that was parsed
 * @param places JSON pointers (RFC 6901)
 */
export function documentLines(text: string, places: readonly string[]): ReadonlyMap<string, number> {
  if (places.length === 0) return new Map();
  if (isJsonText(text)) return pointerLines(text, places);
  const counter = new LineCounter();
  const { contents } = readYaml("", text, [], counter);
  const lineOf = (place: string) => {
    let [node, at]: [unknown, number] = [contents, contents?.range?.[0] ?? 0];
    for (const token of place.split("/").slice(1)) {
      const next = childOf(node, token);
      if (next === undefined) break;
      [node, at] = next;
    }
    return counter.linePos(at).line;
  };
  return new Map(places.map((place) => [place, lineOf(place)]));
}

/** What stands in a node under a token of a pointer, and where its name or itself begins. */
function childOf(node: unknown, token: string): readonly [unknown, number] | undefined {
  if (isSeq(node)) {
    const item = /^\d{1,7}$/.test(token) ? node.items[Number(token)] : undefined;
    return isNode(item) ? [item, item.range?.[0] ?? 0] : undefined;
  }
  if (!isMap(node)) return undefined;
  const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
  const pair = node.items.find(({ key }) => (key as Scalar).value === name);
  return pair && [pair.value, (pair.key as Node).range?.[0] ?? 0];
}

/**
 * Reads a description, which is JSON and nothing else: what the exchange will read when it is published.
 * @param file its name, for messages
 * @param bytes anybody's
 * @throws ConfigurationError naming the places
 */
export function parseDescriptionFile(file: string, bytes: Uint8Array): Json {
  if (bytes.length > maxDocumentBytes) throw unusable(file, `it has more than ${maxDocumentBytes} bytes`);
  parseJsonText(file, textOf(file, bytes));
  try {
    return parseStrictJson(bytes) as Json;
  } catch (error) {
    if (error instanceof SealwayError) throw unusable(file, error.detail, "Correct the JSON.");
    throw error;
  }
}

function textOf(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unusable(file, "it is not UTF-8", "Save it as UTF-8.");
  }
}

function parseJsonText(file: string, text: string): Json {
  const faults = scanJson(text).slice(0, 50);
  if (faults.length > 0) {
    throw new ConfigurationError(
      file,
      faults.map((fault) => ({ ...fault, remedy: "Correct the JSON." })),
    );
  }
  return JSON.parse(text) as Json;
}

function parseYamlText(file: string, text: string, most: number): Json {
  let tokens = 0;
  for (const _ of new Lexer().lex(text)) {
    if (++tokens > most) throw unusable(file, `it has more than ${most} tokens`, "Save it as JSON.");
  }
  const faults: ConfigurationFault[] = [];
  const document = readYaml(file, text, faults, new LineCounter());
  if (faults.length > 0) throw new ConfigurationError(file, faults.slice(0, 50));
  try {
    return new Plain().copy(document.toJS({ maxAliasCount }), "", 0);
  } catch (error) {
    if (error instanceof NotJson)
      throw unusable(file, error.message, "Write what JSON can say.", error.place);
    // What the library calls an excessive number of aliases, and aliases to nothing.
    if (error instanceof ReferenceError)
      throw unusable(file, "its aliases stand for too much or for nothing", "Write it out.");
    throw error;
  }
}

function readYaml(
  file: string,
  text: string,
  faults: ConfigurationFault[],
  lineCounter: LineCounter,
): Document {
  const remedy = "Correct the YAML.";
  const place = ({ line, col }: { readonly line: number; readonly col: number }) =>
    `line ${line}, column ${col}`;
  try {
    const options = { version: "1.2", merge: true, stringKeys: true, logLevel: "error" } as const;
    // The library compares each key with all others of its map, and copies a whole line for each error: a hostile
    // document would take days.
    const document = parseYaml(text, { ...options, uniqueKeys: false, prettyErrors: false, lineCounter });
    // A tag that is not known would give a value another meaning elsewhere: a warning counts.
    for (const { message, pos } of [...document.errors, ...document.warnings].slice(0, 50)) {
      faults.push({ place: place(lineCounter.linePos(pos[0])), problem: message.split("\n")[0]!, remedy });
    }
    visit(document, {
      Map(_, { items }) {
        const names = new Set<unknown>();
        for (const { key } of items) {
          const { value, range } = key as Scalar;
          if (names.has(value) && value !== "<<")
            faults.push({
              place: place(lineCounter.linePos(range?.[0] ?? 0)),
              problem: "a key that stands twice",
              remedy,
            });
          names.add(value);
        }
      },
    });
    return document;
  } catch (error) {
    // The library recurses: nesting can exhaust the stack.
    if (error instanceof RangeError) throw unusable(file, `it is nested deeper than ${mostDepth}`);
    throw error;
  }
}

class NotJson extends Error {
  readonly place: string;

  constructor(place: string, problem: string) {
    super(problem);
    this.place = place;
  }
}

/** Copies what YAML gave, so that aliases are values of their own and nothing is left that JSON has not. */
class Plain {
  #values = 0;

  copy(value: unknown, place: string, depth: number): Json {
    if (++this.#values > mostValues) throw new NotJson(place, `it has more than ${mostValues} values`);
    if (depth > mostDepth)
      throw new NotJson(place, `it is nested deeper than ${mostDepth}, or stands in itself`);
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") {
      if (!value.isWellFormed()) throw new NotJson(place, "it has a lone surrogate");
      return value;
    }
    if (typeof value === "number") {
      if (!Number.isFinite(value)) throw new NotJson(place, "JSON has no such number");
      return value;
    }
    if (Array.isArray(value)) return value.map((each, i) => this.copy(each, `${place}/${i}`, depth + 1));
    if (typeof value !== "object") throw new NotJson(place, `JSON has no ${typeof value}`);
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.copy(each, `${place}/${name}`, depth + 1)]),
    );
  }
}

function unusable(
  file: string,
  problem: string,
  remedy = "Split it up.",
  place = "file",
): ConfigurationError {
  return new ConfigurationError(file, [{ place: place === "" ? "file" : place, problem, remedy }]);
}
