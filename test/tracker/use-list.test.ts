import fc from "fast-check";
import t from "tap";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { OutlinedRow } from "../../src/messagelog/search/outline.ts";
import type { SearchRow } from "../../src/messagelog/search/search-row.ts";
import type { ListingRule, Viewer } from "../../src/tracker/disclosure-rule.ts";
import { parsePlace, serializePlace } from "../../src/tracker/list-place.ts";
import { type ListEntry, listUses, pageOf } from "../../src/tracker/use-list.ts";

const start = Date.UTC(2026, 4, 30);
const day = 24 * 60 * 60 * 1000;
const now = start + 20 * day;

/** Each purpose is named after its rule. */
const rules: Readonly<Record<string, ListingRule>> = {
  shown: {},
  unit: { disclosure: "show-without-unit" },
  grouped: { disclosure: "group" },
  later: { disclosure: { later: 10 } },
  withheld: { disclosure: "withhold" },
  protected: { protectsFromRepresentative: true },
};

interface Given {
  readonly purpose: string;
  readonly minutes: number;
  readonly consumer: string;
  readonly service: string;
  readonly id: string;
}

/** @param numbers places of the records in the log, which differ with what else is in it */
function rowOf(given: Given, number: number): OutlinedRow {
  const { id, purpose, minutes, consumer, service } = given;
  const time = start + minutes * 60_000;
  const whole = {
    time,
    exchangeId: id,
    consumer,
    service,
    server: `${consumer}/ss`,
    request: { writer: "w", number },
  };
  return {
    time,
    exchangeId: id,
    consumer,
    service,
    purpose: `${purpose}#1`,
    whole: () => whole as unknown as SearchRow,
  };
}

const uses: fc.Arbitrary<Given> = fc.record({
  purpose: fc.constantFrom(...Object.keys(rules)),
  // Few moments, so that many fall together.
  minutes: fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 19 * 24 * 60 })),
  consumer: fc.constantFrom("DEV/GOV/1/a", "DEV/GOV/1/b", "DEV/COM/2/c"),
  service: fc.constantFrom("DEV/GOV/9/r/one", "DEV/GOV/9/r/two", "DEV/GOV/9/r/sealway.usage"),
  id: fc.nat().map(() => uuidV7(start)),
});

function listOf(world: readonly Given[], viewer: Viewer): ListEntry[] {
  const rulesOf = ({ purpose }: OutlinedRow) => [rules[purpose?.slice(0, purpose.lastIndexOf("#")) ?? ""]!];
  return listUses(world.map(rowOf), { viewer, now, rulesOf });
}

/** All that anybody could be told of a page. */
function bytesOf(entries: readonly ListEntry[]): string {
  return JSON.stringify(
    entries.map((entry) =>
      entry.kind === "group" ? entry : [entry.unit, entry.row.time, entry.row.whole().exchangeId],
    ),
  );
}

function pagesOf(world: readonly Given[], viewer: Viewer, limit: number): string[] {
  const list = listOf(world, viewer);
  const pages = [`${list.length}`];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? { offset: 0 } : { after: parsePlace(cursor) };
    const { entries, next } = pageOf(list, { limit, from });
    cursor = next === null ? undefined : serializePlace(next);
    pages.push(bytesOf(entries), cursor ?? "end");
  } while (cursor !== undefined);
  for (let offset = 0; offset <= list.length; offset += limit)
    pages.push(bytesOf(pageOf(list, { limit, from: { offset } }).entries));
  return pages;
}

const viewerOf = fc.constantFrom<Viewer>("self", "guardian", "heir");
const world = fc.array(uses, { maxLength: 30 });

t.test("two worlds that differ in what is not shown give equal pages, numbers and cursors", async (t) => {
  const isHidden = ({ purpose, minutes, service }: Given, viewer: Viewer) =>
    purpose === "withheld" ||
    service.endsWith("sealway.usage") ||
    (purpose === "later" && now - (start + minutes * 60_000) < 10 * day) ||
    (purpose === "protected" && viewer !== "self");
  const any = fc.property(world, viewerOf, fc.integer({ min: 1, max: 7 }), (given, viewer, limit) => {
    const other = given.filter((use) => !isHidden(use, viewer));
    return pagesOf(given, viewer, limit).join("\n") === pagesOf(other, viewer, limit).join("\n");
  });
  t.doesNotThrow(() => fc.assert(any));
});

t.test("pages together are the list, each entry once, newest first", async (t) => {
  const any = fc.property(world, viewerOf, fc.integer({ min: 1, max: 7 }), (given, viewer, limit) => {
    const list = listOf(given, viewer);
    const read: ListEntry[] = [];
    let from: Parameters<typeof pageOf>[1]["from"] = { offset: 0 };
    for (;;) {
      const { entries, next } = pageOf(list, { limit, from });
      read.push(...entries);
      if (next === null) break;
      from = { after: next };
    }
    const times = list.map(({ place }) => place.time);
    const newestFirst = [...times].sort((a, b) => b - a);
    return bytesOf(read) === bytesOf(list) && times.join() === newestFirst.join();
  });
  t.doesNotThrow(() => fc.assert(any));
});

t.test("what arrives meanwhile does not move a cursor", async (t) => {
  const any = fc.property(world, world, fc.integer({ min: 1, max: 7 }), (given, more, limit) => {
    const newer = more.map((use) => ({ ...use, purpose: "shown", minutes: use.minutes + 20 * 24 * 60 }));
    const { next } = pageOf(listOf(given, "self"), { limit, from: { offset: 0 } });
    if (next === null) return true;
    const page = { limit, from: { after: next } };
    const second = (rows: readonly Given[]) => bytesOf(pageOf(listOf(rows, "self"), page).entries);
    return second([...newer, ...given]) === second(given);
  });
  t.doesNotThrow(() => fc.assert(any));
});

t.test("what is counted stands once a month and receiver, where the month begins", async (t) => {
  const at = (minutes: number, consumer: string): Given => {
    return { purpose: "grouped", minutes, consumer, service: "DEV/GOV/9/r/one", id: uuidV7(start) };
  };
  const june = 3 * 24 * 60;
  const found = listOf(
    [at(0, "DEV/GOV/1/a"), at(1, "DEV/GOV/1/b"), at(2, "DEV/COM/2/c"), at(june, "DEV/GOV/1/a")],
    "self",
  );
  const groups = found.map((entry) => entry.kind === "group" && [entry.month, entry.receiver, entry.count]);
  t.strictSame(groups[0], ["2026-06", "DEV/GOV/1", 1]);
  t.strictSame(
    groups.slice(1).sort(),
    [
      ["2026-05", "DEV/COM/2", 1],
      ["2026-05", "DEV/GOV/1", 2],
    ],
    "the units of a receiver together",
  );
});

t.test("a cursor that is none is refused", async (t) => {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const bad = [
    "",
    "x",
    encoded({}),
    encoded([1]),
    encoded(["1", "a"]),
    encoded([1.5, "a"]),
    encoded([1, "a", 2]),
  ];
  for (const cursor of [...bad, "A".repeat(300), encoded([1, "a".repeat(250)])])
    t.throws(() => parsePlace(cursor), { code: "invalid_parameter" }, cursor.slice(0, 20));
});
