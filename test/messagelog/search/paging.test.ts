import { SegmentFiles } from "../../../src/messagelog/search/segment-files.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { exchange, searchScene } from "./search-scene.ts";

const test = await testOnStores();

test("pages are stable while records arrive and the index is built anew", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const at = scene.clock.now();
  const many = (from: number, count: number) => {
    return Array.from({ length: count }, (_, i) => exchange({ time: at + from + i }));
  };
  const before = many(0, 60);
  await scene.append(...before);
  const search = scene.search();
  const seen: string[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; cursor !== null; page++) {
    const found = await search.page({ query: {}, order: "newest", limit: 7, cursor: cursor ?? undefined });
    seen.push(...found.rows.map(({ exchangeId }) => exchangeId));
    cursor = found.cursor;
    await scene.append(...many(1000 + 100 * page, 5));
    if (page === 2) await scene.build();
    if (page === 4) new SegmentFiles(scene.index).clear();
  }
  t.strictSame(
    seen,
    before.map(({ exchangeId }) => exchangeId).toReversed(),
    "each once, newest first, and nothing new",
  );
});

test("an exchange stays in its place when its answer arrives", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const at = scene.clock.now();
  const one = exchange({ time: at, answer: undefined });
  await scene.append(one, exchange({ time: at + 1 }));
  await scene.build();
  const page = () => scene.search().page({ query: {}, order: "oldest", limit: 1 });
  const first = await page();
  t.match(first.rows, [{ exchangeId: one.exchangeId, outcome: "open", duration: null }]);
  const { exchangeRecords } = await import("../../../src/dev/bench/synthetic-exchange.ts");
  const [, answer] = exchangeRecords({
    ...one,
    answer: { type: "response", after: 9, code: null, status: 200 },
  });
  await scene.log().append(answer!);
  const second = await page();
  t.match(second.rows, [{ exchangeId: one.exchangeId, outcome: "answered", duration: 9 }]);
  t.equal(second.cursor, first.cursor);
  await scene.build();
  t.strictSame(await page(), second, "in the index as beyond it");
});

test("equal times do not lose or double an exchange between pages", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const time = scene.clock.now();
  const all = Array.from({ length: 20 }, () => exchange({ time }));
  // This server is both sides of some, which share their id.
  const both = all.slice(0, 5).map((one) => ({ ...one, role: "provider" as const }));
  await scene.append(...all, ...both);
  await scene.build();
  for (const order of ["newest", "oldest"] as const) {
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await scene.search().page({ query: {}, order, limit: 3, cursor: cursor ?? undefined });
      seen.push(...page.rows.map(({ exchangeId, role }) => `${exchangeId} ${role}`));
      cursor = page.cursor;
    } while (cursor !== null);
    t.equal(seen.length, 25);
    t.equal(new Set(seen).size, 25);
  }
});

test("a cursor is good for its own query only", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  await scene.append(exchange({ time: scene.clock.now() }), exchange({ time: scene.clock.now() + 1 }));
  const search = scene.search();
  const request = { query: { role: "consumer" }, order: "newest", limit: 1 } as const;
  const { cursor } = await search.page(request);
  const bad = { code: "bad_request" };
  t.match(await search.page({ ...request, cursor: cursor! }), { rows: [{}] });
  await t.rejects(search.page({ ...request, cursor: cursor!, order: "oldest" }), bad);
  await t.rejects(search.page({ ...request, cursor: cursor!, query: { role: "provider" } }), bad);
  await t.rejects(search.page({ ...request, cursor: `${cursor}A` }), bad);
  await t.rejects(search.page({ ...request, cursor: "" }), bad);
  await t.rejects(search.page({ ...request, cursor: "x".repeat(100_000) }), bad);
});
