import { writeSync } from "node:fs";
import { systemClock } from "../../../src/core/clock.ts";
import { openPostgresMessageStore } from "../../../src/store/postgres/message-store.ts";
import { parseLocation } from "../../../src/store/postgres/place.ts";
import { sampleRecord } from "../../messagelog/sample-record.ts";
import { sealed } from "../contract/log-under-test.ts";
import { quick } from "./open.ts";

/**
 * Run as a process of its own: a node of the log at argv[2] that takes the sealing and prints whether it has it, then
 * appends and prints each acknowledged record, until it is killed.
 */
const store = await openPostgresMessageStore({
  place: parseLocation(process.argv[2]!),
  clock: systemClock,
  pace: quick,
});
writeSync(1, `sealing ${await store.holdsSealing()}\n`);

async function appendForEver(): Promise<never> {
  for (;;) {
    const time = systemClock.now();
    const uses = [{ counter: "quota/for-ever", limit: Number.MAX_SAFE_INTEGER, expires: time + 3_600_000 }];
    const record = { ...sampleRecord({ time }), uses };
    const answer = await store.append(record, sealed);
    if (answer.outcome !== "recorded") throw new Error(answer.outcome);
    writeSync(1, `${answer.writer} ${answer.number} ${record.exchangeId}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, appendForEver));
