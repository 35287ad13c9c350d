import { randomBytes } from "node:crypto";
import { AnswerStatus } from "../../../src/messagelog/search/answer-status.ts";
import type { SearchQuery } from "../../../src/messagelog/search/search-query.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { exchange, idsOf, searchScene } from "./search-scene.ts";

const test = await testOnStores();

const permission = randomBytes(32).toString("base64url");

test("each filter finds its exchanges and no others, in the index and beyond it", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const at = scene.clock.now();
  const cases = {
    plain: exchange({ time: at }),
    named: exchange({ time: at + 1000, queryId: "case-17" }),
    provided: exchange({ time: at + 2000, role: "provider" }),
    other: exchange({
      time: at + 3000,
      consumer: "DEV/COM/20000001/bank",
      service: "DEV/GOV/10000003/tax/debts",
      purpose: { id: "credit", revision: 2 },
      agreement: { id: "bank-tax", revision: 1 },
      permission,
    }),
    refused: exchange({
      time: at + 4000,
      answer: { type: "refusal", after: 5, code: "access_denied", status: 403 },
    }),
    failed: exchange({
      time: at + 5000,
      answer: { type: "fault", after: 30_000, code: "provider_timeout", status: 504 },
    }),
    open: exchange({ time: at + 6000, answer: undefined }),
    missing: exchange({ time: at + 7000, answer: { type: "response", after: 20, code: null, status: 404 } }),
  };
  await scene.append(...Object.values(cases));
  const names = Object.keys(cases) as (keyof typeof cases)[];
  const expectations: [query: SearchQuery, found: (keyof typeof cases)[]][] = [
    [{}, names],
    [{ exchangeId: cases.plain.exchangeId }, ["plain"]],
    [{ queryId: "case-17" }, ["named"]],
    [{ queryId: "case-1" }, []],
    [{ role: "provider" }, ["provided"]],
    [{ consumer: "DEV/COM/20000001/bank" }, ["other"]],
    [{ consumer: "DEV/COM/20000001" }, ["other"]],
    [{ consumer: "DEV/COM/2000000" }, []],
    [{ provider: "DEV/GOV/10000003/tax" }, ["other"]],
    [{ provider: "DEV/GOV/10000003" }, ["other"]],
    [{ service: "DEV/GOV/10000003/tax/debts" }, ["other"]],
    [{ purpose: "credit" }, ["other"]],
    [{ purpose: "credit#2" }, ["other"]],
    [{ purpose: "credit#1" }, []],
    [{ agreement: "bank-tax#1" }, ["other"]],
    [{ permission }, ["other"]],
    [{ outcome: "refused" }, ["refused"]],
    [{ outcome: "failed" }, ["failed"]],
    [{ outcome: "open" }, ["open"]],
    [{ verdict: "deny" }, ["refused"]],
    [{ verdict: "permit" }, ["plain", "named", "provided", "other", "missing"]],
    [{ code: "access_denied" }, ["refused"]],
    [{ code: "provider_timeout" }, ["failed"]],
    [{ status: "404" }, ["missing"]],
    [{ status: "2xx" }, ["plain", "named", "provided", "other"]],
    [{ status: "4xx", outcome: "answered" }, ["missing"]],
    [{ since: at + 6000 }, ["open", "missing"]],
    [{ until: at + 1000 }, ["plain"]],
    [{ since: at + 1000, until: at + 2000 }, ["named"]],
    [{ atLeast: 21 }, ["failed"]],
    [{ atMost: 19 }, ["refused"]],
    [{ atLeast: 20, atMost: 20, consumer: "DEV/COM/20000001/bank" }, ["other"]],
    [{ consumer: "DEV/COM/20000001/bank", role: "provider" }, []],
    [{ tags: [] }, []],
  ];
  const check = async (where: string) => {
    const search = scene.search();
    for (const [query, found] of expectations) {
      const ids = found.map((name) => cases[name].exchangeId);
      const what = `${where}: ${JSON.stringify(query)}`;
      t.strictSame(await idsOf(search, query, { order: "oldest" }), ids, what);
      t.strictSame(await idsOf(search, query), ids.toReversed(), `${what}, newest first`);
    }
  };
  await check("tail");
  await scene.build();
  await check("index");
});

test("a row says who, what, why, when and what came of it", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const one = exchange({ time: scene.clock.now(), queryId: "q" });
  await scene.append(one);
  await scene.build();
  const { rows } = await scene.search().page({ query: {}, order: "newest", limit: 10 });
  const [row] = rows;
  t.match(row, {
    exchangeId: one.exchangeId,
    time: one.time,
    duration: 20,
    queryId: "q",
    member: "DEV/GOV/10000001",
    consumer: "DEV/GOV/10000001/benefits",
    service: "DEV/GOV/10000002/population/persons",
    purpose: "benefit-decision#1",
    agreement: "benefits-persons#3",
    verdict: "permit",
    code: null,
    outcome: "answered",
    request: { number: 1 },
    answer: { number: 2 },
  });
});

test("a status is told when it was sought, and nobody guesses one whose head is erased", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const { clock, vault } = scene;
  await scene.append(exchange({ time: clock.now() }));
  const page = () => scene.search().page({ query: { status: "200" }, order: "newest", limit: 10 });
  t.match(await page(), { rows: [{ status: 200 }], unjudged: 0 });
  for (const { id, part } of await vault.keysOf(clock.now()))
    if (part === "head") await vault.destroy(id, clock.now());
  t.match(await page(), { rows: { length: 0 }, unjudged: 1, cursor: null });
});

test("what a page may cost is bounded, and a cursor goes on from there", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const at = scene.clock.now();
  await scene.append(...Array.from({ length: 30 }, (_, i) => exchange({ time: at + i })));
  await scene.build();
  const heads = new AnswerStatus(scene.reader, scene.vault);
  let opened = 0;
  const counting = {
    of: (rows: Parameters<AnswerStatus["of"]>[0]) => {
      opened += rows.length;
      return heads.of(rows);
    },
  };
  const search = scene.search({ heads: counting, limits: { rows: 1e6, heads: 10 } });
  const page = await search.page({ query: { status: "404" }, order: "newest", limit: 5 });
  t.strictSame(page.rows, []);
  t.not(page.cursor, null);
  t.equal(opened, 10);
  t.strictSame(await idsOf(search, { status: "404" }), []);
  t.equal((await idsOf(search, { status: "200" }, { limit: 7 })).length, 30);
});
