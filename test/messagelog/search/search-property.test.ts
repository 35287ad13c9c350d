import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { memberOf, providerOf, type ServiceId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { SyntheticExchange } from "../../../src/dev/bench/synthetic-exchange.ts";
import type { SearchQuery } from "../../../src/messagelog/search/search-query.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { exchange, idsOf, searchScene } from "./search-scene.ts";

const test = await testOnStores();

/*
 * Random exchanges, indexed in random portions, and random queries: what a search finds is what a plain filter over
 * the exchanges finds, in the same order, on pages of any size.
 */

const consumers = ["A/GOV/1/x", "A/GOV/1/y", "A/GOV/11/x", "A/COM/2/z"];
const services = ["A/GOV/3/r/one", "A/GOV/3/r/two", "A/GOV/4/r/one"];
const ids = ["p", "q#1"];
const permissions = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString("base64url"));
const revised = fc.option(
  fc.record({ id: fc.constantFrom(...ids), revision: fc.integer({ min: 1, max: 2 }) }),
);
const codes = ["access_denied", "service_timeout"];

const answers: fc.Arbitrary<SyntheticExchange["answer"]> = fc.option(
  fc.record({
    type: fc.constantFrom("response", "refusal", "fault"),
    after: fc.integer({ min: 0, max: 40 }),
    code: fc.constantFrom(...codes),
    status: fc.constantFrom(200, 404, 403),
  }),
  { nil: undefined, freq: 5 },
);

const exchanges = fc.record({
  time: fc.integer({ min: 0, max: 60 }),
  role: fc.constantFrom("consumer", "provider"),
  queryId: fc.option(fc.constantFrom("a", "b", "-c")),
  consumer: fc.constantFrom(...consumers),
  service: fc.constantFrom(...services),
  purpose: revised,
  agreement: revised,
  permission: fc.option(fc.constantFrom(...permissions)),
  answer: answers,
});

/** Mostly not: a query of many members finds nothing. */
const maybe = <Value>(values: fc.Arbitrary<Value>) => {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 7 }, { arbitrary: values, weight: 1 });
};

const queries: fc.Arbitrary<SearchQuery> = fc.record({
  queryId: maybe(fc.constantFrom("a", "b", "-c", "none")),
  role: maybe(fc.constantFrom("consumer", "provider")),
  consumer: maybe(fc.constantFrom(...consumers, "A/GOV/1", "A/COM/2")),
  provider: maybe(fc.constantFrom("A/GOV/3", "A/GOV/3/r", "A/GOV/4/r")),
  service: maybe(fc.constantFrom(...services)),
  purpose: maybe(fc.constantFrom("p", "p#1", "q", "q#1", "q#1#2")),
  agreement: maybe(fc.constantFrom("p", "p#2", "q#1")),
  permission: maybe(fc.constantFrom(...permissions)),
  outcome: maybe(fc.constantFrom("open", "answered", "refused", "failed")),
  verdict: maybe(fc.constantFrom("permit", "deny", "none")),
  code: maybe(fc.constantFrom(...codes)),
  status: maybe(fc.constantFrom("200", "404", "4xx")),
  since: maybe(fc.integer({ min: 0, max: 60 })),
  until: maybe(fc.integer({ min: 0, max: 60 })),
  atLeast: maybe(fc.integer({ min: 0, max: 40 })),
  atMost: maybe(fc.integer({ min: 0, max: 40 })),
});

const kinds = {
  response: { outcome: "answered", verdict: "permit" },
  refusal: { outcome: "refused", verdict: "deny" },
  fault: { outcome: "failed", verdict: "none" },
} as const;

/** Whose record it is. */
function memberIn({ consumer, role, service }: SyntheticExchange): string {
  return memberOf((role === "consumer" ? consumer : service) as ServiceId);
}

/** As somebody would write it who never saw the index. */
function isFound(one: SyntheticExchange, query: SearchQuery): boolean {
  const { answer } = one;
  const code = answer?.type === "response" ? null : (answer?.code ?? null);
  const named = (given: SyntheticExchange["purpose"], wanted: string | undefined) => {
    return (
      wanted === undefined || given?.id === wanted || (given && `${given.id}#${given.revision}`) === wanted
    );
  };
  const status = String(answer?.status);
  const wantedStatus = query.status?.replace("xx", "");
  return [
    query.queryId === undefined || one.queryId === query.queryId,
    query.role === undefined || one.role === query.role,
    query.consumer === undefined || `${one.consumer}/`.startsWith(`${query.consumer}/`),
    query.provider === undefined ||
      `${providerOf(one.service as ServiceId)}/`.startsWith(`${query.provider}/`),
    query.service === undefined || one.service === query.service,
    named(one.purpose, query.purpose),
    named(one.agreement, query.agreement),
    query.permission === undefined || one.permission === query.permission,
    query.outcome === undefined || query.outcome === (answer ? kinds[answer.type].outcome : "open"),
    query.verdict === undefined || query.verdict === (answer && kinds[answer.type].verdict),
    query.code === undefined || query.code === code,
    wantedStatus === undefined || (answer !== undefined && status.startsWith(wantedStatus)),
    query.since === undefined || one.time >= query.since,
    query.until === undefined || one.time < query.until,
    query.atLeast === undefined || (answer !== undefined && answer.after >= query.atLeast),
    query.atMost === undefined || (answer !== undefined && answer.after <= query.atMost),
  ].every(Boolean);
}

test("a search finds what a plain filter finds, in order, on pages of any size", async (t, newStore) => {
  const scene = await searchScene(t, newStore);
  const beginning = scene.clock.now();
  const all: SyntheticExchange[] = [];
  let rounds = 0;
  const property = fc.asyncProperty(
    fc.array(exchanges, { minLength: 4, maxLength: 14 }),
    fc.constantFrom("build", "wait", "restart"),
    fc.array(queries, { minLength: 4, maxLength: 8 }),
    fc.constantFrom(2, 7, 1000),
    fc.constantFrom("newest", "oldest"),
    fc.constantFrom(50, 10_000_000),
    maybe(fc.subarray(["A/GOV/1", "A/COM/2", "A/GOV/3", "A/GOV/9"]).map((members) => new Set(members))),
    async (given, then, asked, limit, order, rows, members) => {
      // One log for all runs: each adds its exchanges behind those before.
      const base = beginning + 30 * rounds++;
      const fresh = given.map((one) => exchange({ ...one, time: base + one.time, exchangeId: uuidV7(base) }));
      await scene.append(...fresh);
      all.push(...fresh);
      if (then === "build") await scene.build();
      if (then === "restart") await scene.restart();
      const sign = order === "newest" ? -1 : 1;
      const search = scene.search({ limits: { rows, heads: 5 }, members });
      for (const wanted of asked) {
        const query = {
          ...wanted,
          since: wanted.since === undefined ? undefined : base + wanted.since,
          until: wanted.until === undefined ? undefined : base + wanted.until,
        };
        const expected = all
          .filter((one) => isFound(one, query) && members?.has(memberIn(one)) !== false)
          .sort((a, b) => sign * (a.time - b.time || (a.exchangeId < b.exchangeId ? -1 : 1)))
          .map(({ exchangeId }) => exchangeId);
        const found = await idsOf(search, query, { limit, order });
        if (found.join() !== expected.join()) {
          throw new Error(`${JSON.stringify(query)}: ${found.length} found, ${expected.length} expected`);
        }
      }
    },
  );
  await t.resolves(fc.assert(property, { numRuns: 25, endOnFailure: true }));
  t.ok(all.length > 100, `${all.length} exchanges`);
});
