import { join } from "node:path";
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { restoreSqliteLog } from "../../src/store/sqlite/restore-log.ts";
import { countingContract } from "./contract/counting.ts";
import type { NewLog } from "./contract/log-under-test.ts";
import { readingContract } from "./contract/reading.ts";
import { type NewRestored, restoringContract } from "./contract/restoring.ts";
import { writingContract } from "./contract/writing.ts";
import { logDirectory } from "./log-directory.ts";

const newLog: NewLog = async (t) => {
  const directory = logDirectory(t);
  return {
    open: async () => {
      const store = await openSqliteMessageStore({ directory, clock: systemClock });
      t.teardown(() => store.close());
      return store;
    },
    reader: () => {
      const reader = openLogReader(directory);
      t.teardown(() => reader.close());
      return reader;
    },
  };
};

const newRestored: NewRestored = async (t) => {
  const directory = join(logDirectory(t), "restored");
  return {
    restore: (source) => restoreSqliteLog(source, directory),
    reader: () => {
      const reader = openLogReader(directory);
      t.teardown(() => reader.close());
      return reader;
    },
    openForWriting: () => openSqliteMessageStore({ directory, clock: systemClock }),
  };
};

for (const [name, holds] of Object.entries(restoringContract)) {
  t.test(name, (t) => holds(t, newLog, newRestored));
}

for (const [name, holds] of Object.entries({ ...writingContract, ...countingContract, ...readingContract })) {
  t.test(name, (t) => holds(t, newLog));
}
