import fc from "fast-check";
import t from "tap";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { isCostly, lacking, lostEntries } from "../../../src/messagelog/recovery/lost-entries.ts";
import type { HourSide } from "../../../src/messagelog/statement/narrow.ts";
import { mostEntries } from "../../../src/messagelog/statement/narrow.ts";
import { type Entry, hourMs, hourRange, type IdRange } from "../../../src/messagelog/statement/pair-hour.ts";
import { sumOf } from "../../../src/messagelog/statement/statement-tree.ts";

const from = 1_790_000_000_000 - (1_790_000_000_000 % hourMs);

function entry(id: string, changes: Partial<Entry> = {}): Entry {
  const signed = { request: sha256Base64Url(`q${id}`), answer: sha256Base64Url(`a${id}`) };
  return { id, role: "provider", ...signed, concluded: false, ...changes };
}

const hex = ({ id }: Entry) => id.replaceAll("-", "");
const byId = (a: Entry, b: Entry) => (a.id < b.id ? -1 : 1);

/** What answers as an honest log does, and how often it was asked. */
function sideOf(entries: readonly Entry[]): HourSide & { asked: number } {
  const sorted = entries.toSorted(byId);
  const keys = sorted.map(hex);
  const inside = ({ from, to }: IdRange) => sorted.slice(positionOf(keys, from), positionOf(keys, to));
  return {
    asked: 0,
    async sums(ranges) {
      this.asked++;
      return ranges.map((range) => sumOf(inside(range)));
    },
    async entries(ranges) {
      this.asked++;
      return ranges.flatMap(inside).slice(0, mostEntries);
    },
  };
}

/** How many keys stand before one. */
function positionOf(keys: readonly string[], key: string): number {
  const found = keys.findIndex((one) => one >= key);
  return found < 0 ? keys.length : found;
}

/** As a busy hour has them: spread over it. */
function manyEntries(count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => entry(uuidV7(from + Math.floor((i * hourMs) / count))));
}

const idsOf = (entries: Iterable<Entry>) => [...entries].map(({ id }) => id).sort();

t.test("of an hour that is gone as a whole every exchange is named, however many there were", async (t) => {
  const there = manyEntries(20_000);
  const side = sideOf(there);
  const { entries, unresolved } = await lostEntries(hourRange(from), sideOf([]), side);
  t.same(idsOf(entries.values()), idsOf(there));
  t.equal(unresolved, 0);
  t.ok(side.asked < 30, `${side.asked} questions`);
});

t.test("whatever is lost is named, and nothing else", async (t) => {
  const fate = fc.constantFrom("kept", "kept", "lost", "answer-lost", "request-lost", "here-alone");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(hourMs - 1), fate), { maxLength: 200 }), async (drawn) => {
      const all = drawn.map(([at, fate]) => ({ whole: entry(uuidV7(from + at)), fate }));
      const there = all.filter(({ fate }) => fate !== "here-alone").map(({ whole }) => whole);
      const here = all.flatMap(({ whole, fate }): Entry[] => {
        if (fate === "lost") return [];
        const changes = {
          "answer-lost": { answer: null, concluded: true },
          "request-lost": { request: null },
        };
        return [{ ...whole, role: "consumer", ...changes[fate as keyof typeof changes] }];
      });
      const lost = all.filter(({ fate }) => fate.includes("lost")).map(({ whole }) => whole);
      const found = await lostEntries(hourRange(from), sideOf(here), sideOf(there));
      t.same(idsOf(found.entries.values()), idsOf(lost));
      t.notOk(isCostly(found), "an honest peer is not");
    }),
    { numRuns: 40 },
  );
});

t.test("another answer than the one here is wanted, a request that nobody answered is not", (t) => {
  const id = uuidV7(from);
  const other = entry(id, { answer: sha256Base64Url("another") });
  t.same(idsOf(lacking([entry(id)], [other])), [id]);
  t.same(idsOf(lacking([], [entry(id, { role: "consumer", answer: null })])), []);
  t.same(idsOf(lacking([], [entry(id, { role: "consumer" })])), [id]);
  t.same(idsOf(lacking([], [entry(id, { answer: null })])), [id], "asked here, and open there");
  t.end();
});

t.test(
  "a peer that invents differences without end comes to an end, and is told to have done so",
  async (t) => {
    let asked = 0;
    const liar: HourSide = {
      sums: async (ranges) => {
        asked++;
        return ranges.map((_, i) => ({ count: 1_000_000, root: sha256Base64Url(`${asked} ${i}`) }));
      },
      entries: async () => [],
    };
    const found = await lostEntries(hourRange(from), sideOf([]), liar);
    t.equal(found.entries.size, 0);
    t.ok(found.unresolved > 0);
    t.ok(isCostly(found), "it is left alone for a while");
    t.ok(asked <= 400, `${asked} questions`);
  },
);
