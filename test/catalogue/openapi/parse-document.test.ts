import t from "tap";
import {
  documentLines,
  maxDocumentBytes,
  parseDescriptionFile,
  parseDocument,
} from "../../../src/catalogue/openapi/parse-document.ts";
import { readDescription } from "../../../src/catalogue/openapi/read-description.ts";
import { monotonic } from "../../../src/core/clock.ts";

const parse = (text: string) => parseDocument("f", Buffer.from(text));

t.test("JSON and YAML give the same", async (t) => {
  const value = {
    openapi: "3.0.3",
    paths: { "/a": { get: { responses: { "200": { x: [1, true, null] } } } } },
  };
  t.strictSame(parse(JSON.stringify(value)), value);
  t.strictSame(
    parse(
      "openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          x: [1, true, null]\n",
    ),
    value,
  );
});

t.test("anchors, merge keys, and texts that are none elsewhere", async (t) => {
  t.strictSame(parse("a: &a {x: 1}\nb: {<<: *a, y: 2}\nc: *a\n"), {
    a: { x: 1 },
    b: { x: 1, y: 2 },
    c: { x: 1 },
  });
  t.strictSame(parse("a: no\nb: 2020-01-01\nc: 0o17\nd: 1_000\n"), {
    a: "no",
    b: "2020-01-01",
    c: 15,
    d: "1_000",
  });
  t.strictSame(parse('a: "\\u0041"\n'), { a: "A" });
});

const bomb = (levels: number, width: number) =>
  [
    "a0: &a0 [x]",
    ...Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(width)}]`),
  ].join("\n");
const wide = `a: &a [${"x,".repeat(5000)}]\nb: [${"*a,".repeat(900)}]\n`;
// biome-ignore format: a table is read by its columns
const refused: readonly (readonly [what: string, text: string, told: RegExp])[] = [
  ["a YAML bomb of nine levels", bomb(9, 9), /aliases stand for too much/],
  ["a YAML bomb of two levels that are wide", wide, /more than 1000000 values/],
  ["a YAML value that stands in itself", "a: &a [*a]\n", /stands in itself|aliases/],
  ["an alias to nothing", "a: *b\n", /for nothing/],
  ["YAML nested deeper than 64", `a: ${"[".repeat(100)}${"]".repeat(100)}\n`, /nested deeper than 64/],
  ["YAML nested as deep as the stack", `a: ${"[".repeat(200_000)}`, /nested deeper|line/],
  ["a key that stands twice", "a: 1\na: 2\n", /line 2, column 1/],
  ["a key that is no text", "? [a]\n: 1\n", /line 1/],
  ["an unknown tag", "a: !secret x\n", /line 1/],
  ["a number that JSON has not", "a: .inf\n", /\/a: JSON has no such number/],
  ["several documents", "a: 1\n---\nb: 2\n", /line/],
  ["broken YAML", "a: [1\nb: 2\n", /line 2/],
  ["broken JSON", '{\n "a": }', /line 2, column 7/],
  ["a name twice in JSON", '{"a": 1, "a": 2}', /a name that stands twice/],
  ["a lone surrogate", 'a: "\\ud800"\n', /surrogate|line 1/],
];
for (const [what, text, told] of refused) {
  t.test(`refused: ${what}`, async (t) => {
    const began = monotonic();
    t.throws(() => parse(text), told);
    t.ok(monotonic() - began < 10_000, "soon");
  });
}

t.test("40,000 keys in one map are read soon", async (t) => {
  const text = Array.from({ length: 40_000 }, (_, i) => `k${i}: 1\n`).join("");
  const began = process.cpuUsage();
  t.equal(Object.keys(parse(text) as object).length, 40_000);
  t.throws(() => parse(`${text}k7: 1\n`), /line 40001, column 1: a key that stands twice/);
  const { user } = process.cpuUsage(began);
  t.ok(user < 6_000_000, `it took ${user} µs of computing`);
});

t.test("a document of more than 10 MB, and what is not UTF-8", async (t) => {
  t.throws(() => parseDocument("f", Buffer.alloc(maxDocumentBytes + 1, 0x20)), /more than 10485760 bytes/);
  t.throws(() => parseDocument("f", Buffer.from([0x61, 0x3a, 0x20, 0xff])), /not UTF-8/);
});

t.test("a description is JSON and nothing else", async (t) => {
  t.throws(() => parseDescriptionFile("f", Buffer.from("v: 1\n")), /line 1, column 1/);
  t.throws(() => parseDescriptionFile("f", Buffer.from('\ufeff{"v": 1}')), /byte-order mark/);
});

t.test("places of YAML have lines: of their names, or of what they are missing in", async (t) => {
  const text = "# one\n\na:\n  - b/c: 1\n    d: &x\n      e: 2\n  - *x\nf: {g: [1,\n 2]}\n";
  const places = ["", "/a", "/a/0/b~1c", "/a/0/d/e", "/a/1/e", "/a/7", "/f/g/1", "/f/none", "/none/x"];
  t.strictSame([...documentLines(text, places).values()], [3, 3, 4, 6, 7, 3, 9, 8, 3]);
  t.strictSame([...documentLines('{\n"a": [\n1]}', ["/a/0"]).values()], [3]);
});

t.test("a description that a server reads is not as large as a file that a command does", async (t) => {
  const read = (text: string) => readDescription("f", Buffer.from(text), undefined);
  t.throws(() => read("- a\n".repeat(100_000)), /more than 300000 tokens/);
  const text = "x".repeat(2000);
  t.throws(() => read(`a: &a ${text}\nb: [${"*a,".repeat(900)}]\n`), /more than 1048576 bytes/);
});
