import type { AST } from "@eslint-community/regexpp";

/** Code points as pairs of first and last, ascending and apart. */
export type CharacterSet = readonly number[];

const last = 0x10ffff;
/** ECMA-262 §22.2.2.9: what `\d`, `\w` and `\s` stand for, and what `.` does not match. */
const digits = [0x30, 0x39];
const word = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
// biome-ignore format: pairs
const space = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f,
  0x3000, 0x3000, 0xfeff, 0xfeff,
];
const lineEnds = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];
const escapes = { digit: digits, word, space } as const;

/** The code points that one character of a pattern matches, under the flag `u` and no other. */
export function characterSet(node: AST.Character | AST.CharacterClass | AST.CharacterSet): CharacterSet {
  if (node.type === "Character") return [node.value, node.value];
  if (node.type === "CharacterSet") return setOf(node);
  const ranges = (node.elements as AST.ClassRangesCharacterClassElement[]).flatMap((element) => {
    if (element.type === "CharacterClassRange") return [element.min.value, element.max.value];
    return element.type === "Character" ? [element.value, element.value] : setOf(element);
  });
  return node.negate ? complement(union(ranges)) : union(ranges);
}

function setOf(node: AST.CharacterSet): CharacterSet {
  if (node.kind === "any") return complement(lineEnds);
  const set = node.kind === "property" ? property(node) : escapes[node.kind];
  return node.negate ? complement(set) : set;
}

const properties = new Map<string, CharacterSet>();

/** What V8 itself takes for the property: its version of Unicode is the one that counts. */
function property({ key, value }: AST.UnicodePropertyCharacterSet): CharacterSet {
  const name = value === null ? key : `${key}=${value}`;
  let set = properties.get(name);
  if (set === undefined) {
    set = scan(new RegExp(`\\p{${name}}+`, "gu"));
    properties.set(name, set);
  }
  return set;
}

/** Lone surrogates are in no text that is validated. */
function scan(characters: RegExp): CharacterSet {
  const ranges = [
    [0, 0xd7ff],
    [0xe000, last],
  ].flatMap(([from, to]) =>
    [...everyCharacter(from!, to!).matchAll(characters)].flatMap(([run]) => {
      const end = run.codePointAt(run.length - 2) ?? 0;
      return [run.codePointAt(0)!, end > 0xffff ? end : run.charCodeAt(run.length - 1)];
    }),
  );
  return union(ranges);
}

function everyCharacter(from: number, to: number): string {
  const units = new Uint16Array(2 * (to - from + 1));
  let length = 0;
  for (let point = from; point <= to; point++) {
    if (point > 0xffff) units[length++] = 0xd800 + ((point - 0x10000) >> 10);
    units[length++] = point > 0xffff ? 0xdc00 + ((point - 0x10000) & 0x3ff) : point;
  }
  return Buffer.from(units.buffer, 0, 2 * length).toString("utf16le");
}

function union(ranges: readonly number[]): CharacterSet {
  const pairs = ranges.flatMap((from, i) => (i % 2 === 0 ? [[from, ranges[i + 1]!] as const] : []));
  const merged: number[] = [];
  for (const [from, to] of pairs.sort(([a], [b]) => a - b)) {
    const end = merged.at(-1);
    if (end === undefined || from > end + 1) merged.push(from, to);
    else merged[merged.length - 1] = Math.max(end, to);
  }
  return merged;
}

function complement(set: CharacterSet): CharacterSet {
  const bounds = [-1, ...set, last + 1];
  return bounds.flatMap((bound, i) =>
    i % 2 === 0 && bounds[i + 1]! - bound > 1 ? [bound + 1, bounds[i + 1]! - 1] : [],
  );
}

/**
 * Letters for sets: characters that no set tells apart are one letter.
 * @returns for each set the letters that are in it
 */
export function lettersOf(sets: readonly CharacterSet[]): readonly (readonly number[])[] {
  const turns = sets.flatMap((set, id) =>
    set.map((bound, i) => ({ at: i % 2 === 0 ? bound : bound + 1, id })),
  );
  turns.sort((a, b) => a.at - b.at);
  const open = new Set<number>();
  const letters = new Map<string, number>();
  const found = sets.map(() => new Set<number>());
  for (const [i, { at, id }] of turns.entries()) {
    if (!open.delete(id)) open.add(id);
    if (turns[i + 1]?.at === at || open.size === 0) continue;
    const key = [...open].sort((a, b) => a - b).join(" ");
    const letter = letters.get(key) ?? letters.size;
    letters.set(key, letter);
    for (const set of open) found[set]!.add(letter);
  }
  return found.map((each) => [...each]);
}
