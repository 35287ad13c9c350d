import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { openSqlitePermissionStore } from "../../src/store/sqlite/permission-store.ts";
import { openPermissionsForWriting, PermissionTable } from "../../src/store/sqlite/permission-table.ts";
import { newDirectory } from "../new-directory.ts";

/*
 * How long a call's look-ups take among many permissions in SQLite: by id, of the person, and two counters.
 *
 *   node test/store/measure-permissions.ts [permissions]
 */

const count = Number(process.argv[2] ?? 200_000);
const directory = join(newDirectory(), "log");
const log = await openSqliteMessageStore({ directory, clock: systemClock });
const document = Buffer.from(JSON.stringify({ filler: "x".repeat(900) }));
const persons = (i: number) =>
  createHash("sha256")
    .update(`person ${i % Math.ceil(count / 3)}`)
    .digest();
const ids: string[] = [];
const parties = { provider: "P/1/2/p", consumer: "C/1/2/c", service: "P/1/2/p/s", purpose: "onboarding" };

const database = openPermissionsForWriting(directory);
const table = new PermissionTable(database);
database.pragma("synchronous = OFF");
for (let i = 0; i < count; i++) {
  const id = uuidV7(systemClock.now());
  ids.push(id);
  table.add({
    ...{ id, revision: 1, ...parties, state: "active", person: persons(i), document },
    ...{ statement: randomBytes(32).toString("base64url"), signed: Buffer.alloc(0) },
    ...{ keyId: randomBytes(16), secret: Buffer.alloc(0) },
  });
}
database.close();

const store = openSqlitePermissionStore(directory);
for (const [name, rounds] of [
  ["warming", 20_000],
  ["measured", 20_000],
] as const) {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const i = Math.floor(Math.random() * count);
    const began = process.hrtime.bigint();
    await store.byId(ids[i]!);
    await store.activeFor({ person: persons(i), ...parties });
    await store.used([`permission/${i}`, `permission/${i}/1`], systemClock.now());
    times.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(part * (times.length - 1))]!.toFixed(0);
  console.info(`${name}: p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, p99.9 ${at(0.999)} µs, ${count} permissions`);
}
await store.close();
await log.close();
