import { rmSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import { exchangeRecords } from "../../../src/dev/bench/synthetic-exchange.ts";
import { IndexBuilder } from "../../../src/messagelog/search/index-builder.ts";
import { LogSearch } from "../../../src/messagelog/search/log-search.ts";
import { SegmentFiles } from "../../../src/messagelog/search/segment-files.ts";
import { sealed } from "../../store/contract/log-under-test.ts";
import { openReader, openStore, quick } from "../../store/postgres/open.ts";
import { PostgresServer, withoutPostgres } from "../../store/postgres/postgres-server.ts";
import { exchange, idsOf } from "./search-scene.ts";

const skip = await withoutPostgres(18);

t.test("a log that two nodes write to PostgreSQL at once is searched as one", { skip }, async (t) => {
  const server = await PostgresServer.start(t, 18);
  const place = await server.newDatabase();
  const nodes = [
    await openStore(t, place, { pace: quick }),
    await openStore(t, place, { pace: quick }),
  ] as const;
  const reader = openReader(t, place);
  const directory = join(t.testdir({}), "search");
  const search = new LogSearch({ reader, directory });
  t.teardown(() => search.close());
  const at = systemClock.now();
  const all = Array.from({ length: 40 }, (_, i) => exchange({ time: at + i, queryId: `q-${i % 4}` }));
  const ids = (part: typeof all) => part.map(({ exchangeId }) => exchangeId);
  const append = async (part: typeof all) => {
    for (const [i, one] of part.entries()) {
      const [request, answer] = exchangeRecords(one);
      // The older node closes what the younger one opened, and the other way round.
      await nodes[i & 1]!.append(request!, sealed);
      await nodes[(i + 1) & 1]!.append(answer!, sealed);
    }
  };
  const check = async (part: typeof all, what: string) => {
    t.strictSame(await idsOf(search, { outcome: "answered" }, { order: "oldest" }), ids(part), what);
    t.strictSame(await idsOf(search, { outcome: "open" }), [], `${what}: each has its answer`);
    const named = part.filter(({ queryId }) => queryId === "q-1");
    t.strictSame(await idsOf(search, { queryId: "q-1" }, { order: "oldest", limit: 3 }), ids(named), what);
  };
  const build = async () => {
    const builder = new IndexBuilder(reader, new SegmentFiles(directory));
    await builder.advance();
    builder.close();
  };
  await append(all.slice(0, 20));
  await check(all.slice(0, 20), "beyond the index");
  await build();
  await append(all.slice(20));
  await check(all, "half in the index");
  await build();
  await check(all, "in the index");
  rmSync(directory, { recursive: true });
  await build();
  await check(all, "built anew");
});
