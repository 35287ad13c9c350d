import { createHash } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { leafHash, treeRoot } from "../../../src/messagelog/checkpoint/merkle-tree.ts";
import { compareEntries } from "../../../src/messagelog/statement/compare-entries.ts";
import { type HourSide, narrow } from "../../../src/messagelog/statement/narrow.ts";
import {
  type Entry,
  hourMs,
  hourRange,
  type IdRange,
  splitRange,
} from "../../../src/messagelog/statement/pair-hour.ts";
import { sumOf } from "../../../src/messagelog/statement/statement-tree.ts";

const from = Date.UTC(2026, 4, 4, 9);
const digest = (text: string) => createHash("sha256").update(text).digest("base64url");

/** Exchanges spread over the hour, or all within one second. */
function exchanges(count: number, spread = hourMs): Entry[] {
  const entries = Array.from({ length: count }, (_, i): Entry => {
    const id = uuidV7(from + Math.floor((i * spread) / count));
    return { id, role: "consumer", request: digest(`q${i}`), answer: digest(`a${i}`), concluded: false };
  });
  return entries.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const turned = (entries: readonly Entry[]): Entry[] =>
  entries.map((entry) => ({ ...entry, role: "provider" }));

/** A side that counts how often it is asked. */
class Side implements HourSide {
  questions = 0;
  readonly #entries: readonly (readonly [hex: string, entry: Entry])[];

  constructor(entries: readonly Entry[]) {
    this.#entries = entries.map((entry) => [entry.id.replaceAll("-", ""), entry]);
  }

  async sums(ranges: readonly IdRange[]) {
    this.questions++;
    return ranges.map((range) => sumOf(this.#within(range)));
  }

  async entries(ranges: readonly IdRange[]) {
    this.questions++;
    return ranges.flatMap((range) => this.#within(range)).slice(0, 4096);
  }

  #within(range: IdRange) {
    const inside = this.#entries.filter(([hex]) => hex >= range.from && hex < range.to);
    return inside.map(([, entry]) => entry);
  }
}

async function findings(here: readonly Entry[], there: readonly Entry[]) {
  const [one, other] = [new Side(here), new Side(there)];
  const narrowed = await narrow(hourRange(from), one, other);
  const { findings: found } = compareEntries(narrowed.here, narrowed.there, false);
  return { found, unresolved: narrowed.unresolved, questions: other.questions };
}

t.test("whatever is taken out of one side is named, and nothing else, in a few questions", async (t) => {
  const all = exchanges(3000);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(all.length - 1), { minLength: 1, maxLength: 20 }),
      fc.boolean(),
      async (gone, here) => {
        const rest = all.filter((_, i) => !gone.includes(i));
        const ids = gone.map((i) => all[i]!.id).sort();
        const { found, unresolved, questions } = await (here
          ? findings(rest, turned(all))
          : findings(all, turned(rest)));
        const finding = here ? "missing-here" : "missing-there";
        t.same(
          found,
          ids.map((exchange) => ({ exchange, finding, part: "exchange" })),
        );
        return unresolved === 0 && questions <= 5;
      },
    ),
    { numRuns: 25 },
  );
});

t.test("an hour in which all happened within a second takes no more questions", async (t) => {
  const all = exchanges(2000, 1000);
  const { found, questions } = await findings(all, turned(all.toSpliced(1234, 1)));
  t.same(found, [{ exchange: all[1234]!.id, finding: "missing-there", part: "exchange" }]);
  t.ok(questions <= 6, `${questions} questions`);
});

t.test("of a log that lost everything some are named and the rest is counted", async (t) => {
  const all = exchanges(20_000);
  const { found, unresolved, questions } = await findings(all, []);
  t.ok(found.length > 1000, `${found.length} named`);
  t.equal(found.length + unresolved, all.length);
  t.ok(questions <= 5, `${questions} questions`);
});

t.test("a peer whose every answer differs cannot lead us on", async (t) => {
  let questions = 0;
  const liar: HourSide = {
    sums: async (ranges) => {
      questions++;
      return ranges.map(() => ({ count: 1_000_000, root: digest(String(Math.random())) }));
    },
    entries: async () => [],
  };
  await narrow(hourRange(from), new Side(exchanges(100)), liar);
  t.ok(questions <= 12, `${questions} questions`);
});

t.test("the root is that of RFC 6962", async (t) => {
  for (const count of [0, 1, 2, 3, 5, 8, 13]) {
    const entries = exchanges(count);
    const leaves = entries.map(({ id, request, answer }) =>
      leafHash(
        Buffer.concat([
          Buffer.from(id.replaceAll("-", ""), "hex"),
          Buffer.from(request!, "base64url"),
          Buffer.from(answer!, "base64url"),
        ]),
      ),
    );
    const node = (level: number, n: number): Buffer =>
      level === 0
        ? leaves[n]!
        : createHash("sha256")
            .update(Buffer.concat([Buffer.of(1), node(level - 1, 2 * n), node(level - 1, 2 * n + 1)]))
            .digest();
    t.equal(sumOf(entries).root, treeRoot(count, node).toString("base64url"));
  }
});

t.test("ranges divide without gap or overlap", async (t) => {
  const whole = hourRange(from);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 256 }), (parts) => {
      const ranges = splitRange(whole, parts);
      return (
        ranges[0]!.from === whole.from &&
        ranges.at(-1)!.to === whole.to &&
        ranges.every(({ from }, i) => i === 0 || from === ranges[i - 1]!.to)
      );
    }),
  );
  const one = { from: "0".repeat(32), to: `${"0".repeat(31)}1` };
  t.same(splitRange(one, 8), [one]);
});

t.test("what one exchange's two accounts say", async (t) => {
  const [entry] = exchanges(1) as [Entry];
  const provider: Entry = { ...entry, role: "provider" };
  const judge = (here: Entry | undefined, there: Entry | undefined, mayAnswer = false) =>
    compareEntries(here ? [here] : [], there ? [there] : [], mayAnswer);
  const unanswered = { ...entry, answer: null };
  const other = digest("other");
  for (const [name, here, there, expected] of [
    ["equal", entry, provider, []],
    ["never arrived", { ...unanswered, concluded: true }, undefined, []],
    ["not even concluded", unanswered, undefined, []],
    [
      "only the provider has the request",
      undefined,
      { ...provider, answer: null },
      ["missing-here", "exchange"],
    ],
    ["another request", { ...entry, request: other }, provider, ["different", "request"]],
    ["another answer", entry, { ...provider, answer: other }, ["different", "answer"]],
    ["lost on the way", { ...unanswered, concluded: true }, provider, ["not-received", "answer"]],
    ["the answer is gone there", entry, { ...provider, answer: null }, ["missing-there", "answer"]],
    ["the request is gone here", { ...entry, request: null }, provider, ["missing-here", "request"]],
    ["both say they asked", entry, entry, ["different", "exchange"]],
  ] as const) {
    const { findings: found } = judge(here, there);
    t.same(
      found.map(({ finding, part }) => [finding, part]),
      expected.length === 0 ? [] : [expected],
      name,
    );
  }
  t.match(
    judge(unanswered, provider, true),
    { findings: { length: 0 }, open: 1 },
    "an answer may still come",
  );
  t.match(judge({ ...unanswered, concluded: true }, provider, true), { open: 0 });
});
