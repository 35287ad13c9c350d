import fc from "fast-check";
import t from "tap";
import { SealwayError } from "../../src/core/errors.ts";
import { parseStrictJson } from "../../src/core/strict-json.ts";

const nested = (depth: number) => Buffer.from("[".repeat(depth) + "]".repeat(depth));

const bad: [string, Uint8Array | string][] = [
  ["nothing", ""],
  ["no JSON", "{a:1}"],
  ["something behind", "{} {}"],
  ["a byte-order mark", "\ufeff{}"],
  ["UTF-16", Buffer.from('{"a":1}', "utf16le")],
  ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["an overlong form", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["a name twice", '{"a":1,"a":2}'],
  ["a name twice in another spelling", '{"a":1,"\\u0061":2}'],
  ["a name twice, the first in another spelling", '{"\\u0061":1,"a":2}'],
  ["a name twice further inside", '{"x":[{"y":{"a":1,"b":{"a":1},"a":2}}]}'],
  ["a name twice behind an inner object", '{"a":{"b":1},"c":[{}],"a":2}'],
  ["an empty name twice", '{"":1,"":2}'],
  ["__proto__ twice", '{"__proto__":1,"__proto__":2}'],
  ["a lone high surrogate", '["\\ud800"]'],
  ["a lone low surrogate", '["\\udc00x"]'],
  ["a lone surrogate in a name", '{"\\ud800":1}'],
  ["surrogates the wrong way round", '["\\udc00\\ud800"]'],
  ["65 levels", nested(65)],
  ["very many levels", nested(100_000)],
];
for (const [name, text] of bad) {
  t.test(`refused: ${name}`, async (t) => {
    t.throws(() => parseStrictJson(Buffer.from(text)), { code: "invalid_body" });
    t.throws(() => parseStrictJson(Buffer.from(text), "invalid_response"), { code: "invalid_response" });
  });
}

const good = [
  "null",
  ' [ 1.10 , "x" ] ',
  '{"a":{"a":{"a":1}},"b":["a","a"]}',
  '[{"a":1},{"a":2}]',
  '{"a":"a","b":"b,\\"a\\":"}',
  '{"a\\\\":1,"a":2}',
  '["\\ud83d\\ude00","😀"]',
  '{"a":",","b":"{","c":"[{\\"","d":[]}',
];
for (const text of good) {
  t.test(`taken: ${text}`, async (t) => t.strictSame(parseStrictJson(Buffer.from(text)), JSON.parse(text)));
}
t.test("64 levels are taken", async (t) => t.doesNotThrow(() => parseStrictJson(nested(64))));

/** What strict JSON is, slowly: a recursive reader that keeps every name as it is spelt out. */
function isStrict(text: string): boolean {
  let at = 0;
  const skip = () => {
    while (" \t\r\n".includes(text[at] ?? "x")) at++;
  };
  const string = (): string => {
    const found = /^"(?:[^"\\]|\\.)*"/s.exec(text.slice(at))?.[0] as string;
    at += found.length;
    return JSON.parse(found);
  };
  const value = (depth: number): boolean => {
    skip();
    const open = text[at];
    if (open === '"') return string().isWellFormed();
    if (open !== "{" && open !== "[") {
      at += /^[^,\]}\s]*/.exec(text.slice(at))![0].length;
      return true;
    }
    if (depth === 64) return false;
    const names: string[] = [];
    const closer = open === "{" ? "}" : "]";
    at++;
    for (skip(); text[at] !== closer; skip()) {
      if (text[at] === ",") at++;
      skip();
      if (open === "{") {
        names.push(string());
        skip();
        at++;
      }
      if (!value(depth + 1)) return false;
    }
    at++;
    return new Set(names).size === names.length && names.every((name) => name.isWellFormed());
  };
  return value(0);
}

t.test("it takes what a slow reference takes", async (t) => {
  const name = fc.constantFrom(
    '"a"',
    '"\\u0061"',
    '"b"',
    '"\\\\"',
    '"\\""',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"{,"',
  );
  const { document } = fc.letrec<{ document: string }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("1", "true", " null ", "-1.5e3"),
      name,
      fc.array(tie("document"), { maxLength: 3 }).map((items) => `[ ${items.join(",")}]`),
      fc.array(fc.tuple(name, tie("document")), { maxLength: 3 }).map((pairs) => {
        return `{${pairs.map(([key, value]) => `${key} : ${value}`).join(" ,")} }`;
      }),
    ),
  }));
  const property = fc.property(document, (text) => takes(Buffer.from(text)) === isStrict(text));
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
});

t.test("arbitrary bytes are JSON or refused, never anything else", async (t) => {
  const property = fc.property(
    fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    ),
    (bytes) => {
      takes(bytes);
    },
  );
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
});

function takes(bytes: Uint8Array): boolean {
  try {
    parseStrictJson(bytes);
    return true;
  } catch (error) {
    if (error instanceof SealwayError) return false;
    throw error;
  }
}
