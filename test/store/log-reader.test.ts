import { mkdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { openForWriting } from "../../src/store/sqlite/database.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { migrate, NewerSchemaError } from "../../src/store/sqlite/migrations.ts";
import { logDirectory } from "./log-directory.ts";

t.test("a reader refuses the log of a newer release, and a place without a log", async (t) => {
  const directory = logDirectory(t);
  const database = openForWriting(join(directory, "log.db"));
  t.teardown(() => database.close());
  migrate(database);
  database.pragma("user_version = 99");
  t.throws(() => openLogReader(directory), NewerSchemaError);
  mkdirSync(join(directory, "elsewhere"));
  t.throws(() => openLogReader(join(directory, "elsewhere")), { code: "SQLITE_CANTOPEN" });
});
