import t from "tap";
import { restorePostgresLog } from "../../../src/store/postgres/restore-log.ts";
import { nextBatch, request, sealed } from "../contract/log-under-test.ts";
import { everything } from "../contract/restoring.ts";
import { logDirectory } from "../log-directory.ts";
import { newSqlite } from "../scene-store.ts";
import { openReader, openStore } from "./open.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";

t.test(
  "a log of SQLite is seen in PostgreSQL when it is whole; meanwhile no other is restored there",
  { skip },
  async (t) => {
    const server = await PostgresServer.start(t, version!);
    const place = await server.newDatabase();
    const sqlite = await newSqlite(logDirectory(t));
    const store = await sqlite.open({ now: Date.now });
    const reader = sqlite.openReader();
    t.teardown(() => {
      reader.close();
      return store.close();
    });
    await Promise.all(Array.from({ length: 40 }, () => store.append(request(), sealed)));
    await store.recordBatch(await nextBatch(reader, 1000));

    const first = await restorePostgresLog(reader, place);
    t.equal(first.records, 40);
    await t.rejects(openReader(t, place).writers(), { code: "42P01" }, "nobody sees it yet");
    const another = { code: "log_unavailable", detail: "another log is being restored into the database" };
    await t.rejects(restorePostgresLog(reader, place), another);
    await first.close();

    const second = await restorePostgresLog(reader, place);
    await second.publish();
    t.strictSame(await everything(openReader(t, place)), await everything(reader));
    const over = { code: "log_unavailable", detail: /none is restored over another/ };
    await t.rejects(restorePostgresLog(reader, place), over);

    const used = await server.newDatabase();
    const late = await restorePostgresLog(reader, used);
    await (await openStore(t, used)).close();
    await t.rejects(late.publish(), { code: "log_unavailable" }, "a server made its log there meanwhile");
    await late.close();
  },
);
