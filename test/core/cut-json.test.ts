import fc from "fast-check";
import t from "tap";
import { cutJson, type KeptMembers } from "../../src/core/cut-json.ts";

const names = ["a", "b", "c", "__proto__", 'q"uote', "ä"];

const { kept } = fc.letrec<{ kept: KeptMembers }>((tie) => ({
  kept: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("whole" as const, "plain" as const),
    fc.dictionary(fc.constantFrom(...names), tie("kept"), { maxKeys: 4 }) as fc.Arbitrary<KeptMembers>,
  ),
}));

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, 0, -1.5e3, "", 'a "quoted", {braced} [text]\\', "\u2028"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 5 }),
  ),
}));

/** What is to stay, the slow way. */
function filtered(value: unknown, kept: KeptMembers): unknown {
  if (typeof kept === "string" || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => filtered(element, kept));
  const members = Object.entries(value).filter(([name]) => Object.hasOwn(kept, name));
  return Object.fromEntries(members.map(([name, member]) => [name, filtered(member, kept[name]!)]));
}

t.test("what stays is what the table names, at every depth", async (t) => {
  fc.assert(
    fc.property(value, kept, fc.constantFrom(undefined, 1, "\t\r\n"), (value, kept, space) => {
      const text = `${space ?? ""}${JSON.stringify(value, null, space)}\n`.replace(/^1/, "");
      t.same(JSON.parse(cutJson(text, kept)), filtered(value, kept));
    }),
    { numRuns: 2000 },
  );
});

const cuts: readonly (readonly [what: string, text: string, kept: KeptMembers, left: string])[] = [
  ["the last member", '{"a":1,"b":2}', { a: "whole" }, '{"a":1}'],
  ["the first member", '{"a":1,"b":2}', { b: "whole" }, '{"b":2}'],
  ["one in the middle", '{"a":1,"b":2,"c":3}', { a: "whole", c: "whole" }, '{"a":1,"c":3}'],
  ["all", '{"a":1,"b":2}', {}, "{}"],
  ["white space of what stays", '{ "a" : 1 ,\n  "b" : 2 }', { b: "whole" }, '{\n  "b" : 2 }'],
  [
    "numbers as they were written",
    '{"n":1.10,"x":0,"e":1E400}',
    { n: "whole", e: "whole" },
    '{"n":1.10,"e":1E400}',
  ],
  ["escapes as they were written", '{"\\u0061":"\\/","b":2}', { a: "whole" }, '{"\\u0061":"\\/"}'],
  ["in each object of an array", '[{"a":1,"b":2},{"b":2}]', { a: "whole" }, '[{"a":1},{}]'],
  [
    "below a name",
    '{"a":{"x":1,"y":[{"z":1,"w":2}]}}',
    { a: { y: { w: "whole" } } },
    '{"a":{"y":[{"w":2}]}}',
  ],
];
for (const [what, text, kept, left] of cuts) {
  t.test(what, async (t) => t.equal(cutJson(text, kept), left));
}

t.test("where nothing is cut the text is the same", async (t) => {
  fc.assert(
    fc.property(value, (value) => {
      const text = JSON.stringify(value);
      return cutJson(text, everyName()) === text && cutJson(text, "whole") === text;
    }),
  );
  t.pass();
});

/** Names everything, far down. */
function everyName(depth = 12): KeptMembers {
  if (depth === 0) return "whole";
  const below = everyName(depth - 1);
  return Object.fromEntries(names.map((name) => [name, below]));
}
