import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { openLogReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import type { NewLog } from "./contract/log-under-test.ts";
import { readingContract } from "./contract/reading.ts";
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

for (const [name, holds] of Object.entries({ ...writingContract, ...readingContract })) {
  t.test(name, (t) => holds(t, newLog));
}
