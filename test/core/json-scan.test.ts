import fc from "fast-check";
import t from "tap";
import { scanJson } from "../../src/core/json-scan.ts";

const faulty: readonly (readonly [name: string, text: string, place: string, problem: string])[] = [
  ["an empty text", "", "line 1, column 1", "a value is expected here"],
  ["a byte-order mark", "\ufeff{}", "line 1, column 1", "a value is expected here"],
  [
    "a missing comma",
    '{\n  "a": 1\n  "b": 2\n}',
    "line 3, column 3",
    "a comma or the end of the object or array is expected here",
  ],
  ["a comma too many", '{"a": 1,}', "line 1, column 9", 'a name in " is expected here'],
  ["a comma too many in an array", "[1,]", "line 1, column 4", "a value is expected here"],
  ["a comment", '{ // why\n"a": 1}', "line 1, column 3", 'a name in " or } is expected here'],
  ["single quotes", "{'a': 1}", "line 1, column 2", 'a name in " or } is expected here'],
  ["a missing colon", '{"a" 1}', "line 1, column 6", "a colon is expected here"],
  ["a string that does not end", '["a', "line 1, column 2", "a value or ] is expected here"],
  ["a line break in a string", '["a\nb"]', "line 1, column 2", "a value or ] is expected here"],
  [
    "a number with a leading zero",
    "[01]",
    "line 1, column 3",
    "a comma or the end of the object or array is expected here",
  ],
  [
    "an object that does not end",
    '{"a": 1',
    "line 1, column 8",
    "a comma or the end of the object or array is expected here",
  ],
  [
    "the wrong bracket",
    "[1}",
    "line 1, column 3",
    "a comma or the end of the object or array is expected here",
  ],
  ["something behind the end", "{} {}", "line 1, column 4", "the end of the file is expected here"],
  ["a name that stands twice", '{"a": {"b": 1},\n "a": 2}', "line 2, column 2", "a name that stands twice"],
  [
    "a name that stands twice in another spelling",
    '{"a": 1, "\\u0061": 2}',
    "line 1, column 10",
    "a name that stands twice",
  ],
  ["nesting that is too deep", "[".repeat(65) + "]".repeat(65), "line 1, column 65", "nested deeper than 64"],
];
for (const [name, text, place, problem] of faulty) {
  t.test(`refused: ${name}`, async (t) => t.strictSame(scanJson(text), [{ place, problem }]));
}

t.test("the same name in two objects is no fault", async (t) => {
  t.strictSame(scanJson('[{"a": 1}, {"a": {"a": []}}]'), []);
});

t.test("every name that stands twice is told", async (t) =>
  t.equal(scanJson('{"a":1,"a":2,"b":{"c":1,"c":1}}').length, 2),
);

t.test("a text without fault is one that JSON.parse reads, and the other way round", async (t) => {
  const damaged = fc
    .tuple(
      fc.json({ maxDepth: 5 }),
      fc.nat(),
      fc.nat(3),
      fc.constantFrom("", ",", "}", "]", '"', ":", "0", "-", "\\", " ", "e", "tru"),
    )
    .map(([text, at, cut, put]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + cut);
    });
  const property = fc.property(fc.oneof(fc.json(), damaged), (text) => {
    const unreadable = scanJson(text).filter(({ problem }) => !problem.includes("twice"));
    return isJson(text) === (unreadable.length === 0);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
