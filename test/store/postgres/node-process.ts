import { writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../../src/core/clock.ts";
import { openLogReader } from "../../../src/store/postgres/log-reader.ts";
import { openPostgresMessageStore } from "../../../src/store/postgres/message-store.ts";
import { parseLocation } from "../../../src/store/postgres/place.ts";
import { sampleRecord } from "../../messagelog/sample-record.ts";
import { nextBatch, sealed } from "../contract/log-under-test.ts";
import { quick } from "./open.ts";

/**
 * Run as a process of its own: a node of the log at argv[2] that takes the sealing and prints whether it has it, then
 * appends and prints each acknowledged record, until it is killed or a record is refused. When it was stopped and goes on,
 * it tries to record the batch that it had made before, and prints what it is told.
 */
const place = parseLocation(process.argv[2]!);
const store = await openPostgresMessageStore({ place, clock: systemClock, pace: quick });
const batch = await nextBatch(openLogReader(process.argv[2]!), 1);
process.once("SIGCONT", () => void recordBatch());
writeSync(1, `sealing ${await store.holdsSealing()}\n`);

async function appendForEver(): Promise<void> {
  for (;;) {
    const time = systemClock.now();
    const uses = [{ counter: "quota/for-ever", limit: Number.MAX_SAFE_INTEGER, expires: time + 3_600_000 }];
    const record = { ...sampleRecord({ time }), uses };
    const answer = await store.append(record, sealed).catch(() => undefined);
    if (answer === undefined) return;
    if (answer.outcome !== "recorded") throw new Error(answer.outcome);
    writeSync(1, `${answer.writer} ${answer.number} ${record.exchangeId}\n`);
  }
}

async function recordBatch(): Promise<void> {
  for (;;) {
    const told = await store.recordBatch(batch).then(
      () => "recorded",
      ({ code }: { code: string }) => code,
    );
    if (told !== "log_unavailable") {
      writeSync(1, `batch ${told}\n`);
      return;
    }
    await wait(10);
  }
}

await Promise.all(Array.from({ length: 16 }, appendForEver));
