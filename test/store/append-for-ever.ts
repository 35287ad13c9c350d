import { systemClock } from "../../src/core/clock.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { sampleRecord } from "../messagelog/sample-record.ts";

/** Run as a process of its own: appends to the log in argv[2] and prints each acknowledged record, until killed. */
const store = await openSqliteMessageStore({ directory: process.argv[2]!, clock: systemClock });
const sealed = {
  head: { keyId: Buffer.alloc(16), bytes: Buffer.from("ciphertext"), sha256: Buffer.alloc(32) },
  tags: Buffer.from("[]"),
};

async function appendForEver(): Promise<never> {
  for (;;) {
    const time = systemClock.now();
    const uses = [{ counter: "quota/for-ever", limit: Number.MAX_SAFE_INTEGER, expires: time + 3_600_000 }];
    const record = { ...sampleRecord({ time }), uses };
    const answer = await store.append(record, sealed);
    if (answer.outcome !== "recorded") throw new Error(answer.outcome);
    process.stdout.write(`${answer.number} ${record.exchangeId}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, appendForEver));
