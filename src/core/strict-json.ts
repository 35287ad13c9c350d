import { SealwayError } from "./errors.ts";

/*
 * A body is JSON to us only when every reader must read it the same way: UTF-8 without byte-order mark, no
 * duplicate names at any depth, no lone surrogates, bounded depth (RFC 8259 §4, §8; RFC 7493 §2).
 */
const maxDepth = 64;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const closers: { readonly [opener: number]: number } = { 123: 125, 91: 93 };

/**
 * Parses a body that others (possibly hostile) sent.
 * @throws SealwayError `invalid_body`, without quoting the body
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  const value = parse(text);
  checkNames(text);
  return value;
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw invalid("it is not UTF-8");
  }
  if (text.charCodeAt(0) === 0xfeff) throw invalid("it begins with a byte-order mark");
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("it is not JSON");
  }
}

/** Walks a text that is known to be JSON; only names, strings and nesting are looked at. */
function checkNames(text: string): void {
  const open: { readonly closer: number; readonly names: Set<string> }[] = [];
  let nameNext = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      const end = endOfString(text, i);
      const isName = nameNext && open.at(-1)?.closer === 125;
      checkString(text.slice(i, end + 1), isName ? open.at(-1)?.names : undefined);
      nameNext = false;
      i = end;
    } else if (closers[c] !== undefined) {
      if (open.length === maxDepth) throw invalid(`it is nested deeper than ${maxDepth}`);
      open.push({ closer: closers[c] as number, names: new Set() });
      nameNext = true;
    } else if (c === open.at(-1)?.closer) {
      open.pop();
    } else if (c === comma) {
      nameNext = true;
    }
  }
}

function checkString(literal: string, names: Set<string> | undefined): void {
  const plain = !literal.includes("\\");
  if (plain && names === undefined) return;
  const value: string = plain ? literal.slice(1, -1) : (JSON.parse(literal) as string);
  if (!value.isWellFormed()) throw invalid("it has a lone surrogate");
  if (names === undefined) return;
  if (names.has(value)) throw invalid("an object has the same name twice");
  names.add(value);
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text.charCodeAt(i) !== quote) i += text.charCodeAt(i) === backslash ? 2 : 1;
  return i;
}

function invalid(detail: string): SealwayError {
  return new SealwayError("invalid_body", detail);
}
