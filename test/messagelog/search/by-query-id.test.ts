import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as giveWay } from "node:timers/promises";
import t from "tap";
import { parseClientId } from "../../../src/core/ids.ts";
import { findByIndex } from "../../../src/messagelog/desk/find-by-query-id.ts";
import { mostOfOneQueryId } from "../../../src/messagelog/desk/find-parts.ts";
import { exchange, searchScene } from "./search-scene.ts";

/* What a party finds of its own exchanges by query id: by the index, and without it among the newest records. */

const day = 24 * 3_600_000;
const benefits = parseClientId("DEV/GOV/10000001/benefits");
const population = parseClientId("DEV/GOV/10000002/population");

const scene = await searchScene(t);
const now = scene.clock.now();
const old = exchange({ time: now - 40 * day, queryId: "case" });
const asked = exchange({ time: now - 2000, queryId: "case" });
const answered = exchange({ time: now - 1000, queryId: "case", role: "provider" });
const others = exchange({ time: now, queryId: "case", consumer: "DEV/GOV/10000001/inspection" });
await scene.append(old, asked, answered, others, exchange({ time: now, queryId: "another" }));

const search = scene.search();

function find(subsystem = benefits, queryId = "case", index = search) {
  const question = { subsystem, queryId, from: now - day, to: now + 60_000 };
  return findByIndex(index, scene.reader, question, giveWay);
}

const ids = (...exchanges: readonly { exchangeId: string }[]) =>
  exchanges.map(({ exchangeId }) => exchangeId);

t.test("each subsystem's own exchanges of any age, of its side alone, oldest first", async (t) => {
  for (const when of ["without a segment", "by segments"]) {
    t.strictSame(await find(), ids(old, asked), when);
    t.strictSame(await find(population), ids(answered), when);
    t.strictSame(await find(parseClientId("DEV/GOV/10000001/inspection")), ids(others), when);
    t.strictSame(await find(parseClientId("DEV/GOV/10000001/bene")), [], when);
    t.strictSame(await find(benefits, "cas"), [], when);
    await scene.build();
  }
});

t.test("an index that cannot be read: the newest records are walked through", async (t) => {
  const { index } = scene;
  for (const name of readdirSync(index)) rmSync(join(index, name));
  rmSync(index, { recursive: true });
  writeFileSync(index, "no directory");
  t.strictSame(await find(), ids(asked), "a day back");
  rmSync(index);
});

t.test(
  "an index that is far behind: the newest records are walked through, and nobody waits for it",
  async (t) => {
    const behind = scene.search();
    t.capture(behind, "behind", async () => 1_000_000);
    t.strictSame(await find(benefits, "case", behind), ids(asked));
  },
);

t.test("of a query id that is used again and again the newest are told", async (t) => {
  const many = Array.from({ length: mostOfOneQueryId + 8 }, (_, i) =>
    exchange({ time: now + i, queryId: "1" }),
  );
  await scene.append(...many);
  await scene.build();
  t.strictSame(await find(benefits, "1"), ids(...many.slice(8)));
});
