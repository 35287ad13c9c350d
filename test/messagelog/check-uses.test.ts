import t from "tap";
import { checkUses, mostUses } from "../../src/messagelog/check-uses.ts";
import type { CounterUse } from "../../src/messagelog/message-record.ts";
import { sampleRecord } from "./sample-record.ts";
import { sealingScene } from "./sealing-scene.ts";

const use = (counter: string): CounterUse => ({ counter, limit: 1, expires: 0 });
const many = (count: number) => Array.from({ length: count }, (_, i) => `quota/${i}`);

const bad: [what: string, counters: readonly string[]][] = [
  ["a counter twice", ["quota/a", "quota/b", "quota/a"]],
  ["a name without a letter", [""]],
  ["a name that is too long", ["q".repeat(201)]],
  ["a name beyond ASCII", ["quota/K\u00e4\u00e4rik"]],
  ["a name with a line break", ["quota/\n"]],
  ["too many", many(mostUses + 1)],
];
for (const [what, counters] of bad) {
  t.test(`refused: ${what}`, async (t) => {
    t.throws(() => checkUses({ uses: counters.map(use) }), RangeError);
    t.throws(() => checkUses({ returns: counters }), RangeError);
  });
}

t.test("what a record may use", async (t) => {
  for (const counters of [[], ["q".repeat(200), "~ !"], many(mostUses)])
    t.doesNotThrow(() => checkUses({ uses: counters.map(use), returns: counters }));
  t.doesNotThrow(() => checkUses({}));
});

t.test("a log refuses what it cannot count, and goes on", async (t) => {
  const scene = await sealingScene(t);
  const log = await scene.open();
  const record = sampleRecord({ time: scene.clock.now() });
  await t.rejects(log.append({ ...record, uses: [use("")] }), RangeError);
  t.match(await log.append({ ...record, uses: [use("quota/a")] }), {
    outcome: "recorded",
    number: 1,
    uses: [1],
  });
  const next = { ...sampleRecord({ time: scene.clock.now() }), uses: [{ ...use("quota/a"), limit: 5 }] };
  t.match(await log.append(next), { outcome: "recorded", uses: [1] }, "it had expired");
});
