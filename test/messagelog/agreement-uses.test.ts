import t from "tap";
import { findAgreementUses, toldUses } from "../../src/messagelog/desk/agreement-uses.ts";
import type { PageRequest, SearchPage } from "../../src/messagelog/search/log-search.ts";

/** An index with so many uses of one agreement, a thousand on a page. */
function searching(count: number) {
  return {
    async page({ cursor, limit }: PageRequest): Promise<SearchPage> {
      const start = Number(cursor ?? 0);
      const rows = Array.from({ length: Math.min(limit, count - start) }, (_, i) => ({
        ...{ exchangeId: String(start + i), consumer: "a", service: "b", purpose: null, time: 1 },
      }));
      const end = start + rows.length;
      return { rows: rows as never, cursor: end < count ? String(end) : null, unjudged: 0 };
    },
  };
}

async function told(count: number, isShown: (id: number) => boolean): Promise<number> {
  const question = { agreements: [{ id: "agreement", role: "provider" }], since: 0, until: 2 } as const;
  const [found] = await findAgreementUses(searching(count), question, async () => undefined);
  return toldUses(found!, ({ exchangeId }) => isShown(Number(exchangeId)));
}

t.test("what a restriction hides makes no number smaller than that of a log without it", async (t) => {
  for (const count of [0, 12, 999, 1000, 1001, 1500]) {
    t.equal(await told(count + 7, (id) => id >= 7), await told(count, () => true), `${count} others`);
  }
});

t.test("the newest are looked at, and no log is read to its end", async (t) => {
  t.equal(await told(1_000_000, () => true), 1000);
});
