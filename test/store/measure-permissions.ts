import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { monotonic, systemClock } from "../../src/core/clock.ts";
import { exchangeIdBytes, exchangeIdText } from "../../src/store/sqlite/columns.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { openSqlitePermissionStore } from "../../src/store/sqlite/permission-store.ts";
import { openPermissionsForWriting, permissionsPath } from "../../src/store/sqlite/permission-table.ts";
import { newDirectory } from "../new-directory.ts";

/*
 * How long a call's look-ups take among many permissions in SQLite: of the person or by id, and two counters. A million
 * takes 1.3 GB of disk, which is given back. The file is read once before, as a server that runs has it in memory; a
 * machine that gives the memory of files away soon makes look-ups wait for its disk all the same, and they are told apart.
 *
 *   node test/store/measure-permissions.ts [permissions]
 */

const count = Number(process.argv[2] ?? 200_000);
const perPerson = 3;
const directory = join(newDirectory(), "log");
const log = await openSqliteMessageStore({ directory, clock: systemClock });
const document = Buffer.from(JSON.stringify({ filler: "x".repeat(1000) }));
const digest = (text: string) => createHash("sha256").update(text).digest();
const personOf = (i: number) => digest(`person ${Math.floor(i / perPerson)}`);
const parties = { provider: "P/1/2/p", consumer: "C/1/2/c", service: "P/1/2/p/s", purpose: "onboarding" };
/** In the order in which they were made, one a millisecond. */
const idOf = (i: number) => {
  const id = digest(`id ${i}`).subarray(0, 16);
  id.writeUIntBE(1_700_000_000_000 + i, 0, 6);
  id[6] = 0x70 | (id[6]! & 0x0f);
  id[8] = 0x80 | (id[8]! & 0x3f);
  return exchangeIdText(id);
};

const loading = monotonic();
const database = openPermissionsForWriting(directory);
database.pragma("synchronous = OFF");
database.exec("DROP INDEX permissions_pair; BEGIN");
const insert = database.prepare(`INSERT INTO permissions VALUES (${"?, ".repeat(9)}?)`);
const { provider, consumer, service, purpose } = parties;
for (let i = 0; i < count; i++) {
  const of = i % perPerson === 0 ? consumer : `${consumer}${i % perPerson}`;
  const named = [provider, of, service, purpose, "active", personOf(i)];
  insert.run(exchangeIdBytes(idOf(i)), 1, ...named, digest(`statement ${i}`), document);
  if (i % 100_000 === 99_999) database.exec("COMMIT; BEGIN");
}
database.exec("COMMIT; CREATE INDEX permissions_pair ON permissions (person, consumer)");
database.close();
const size = statSync(permissionsPath(directory)).size;
console.info(
  `${count} permissions, ${(size / 1e9).toFixed(2)} GB, loaded in ${((monotonic() - loading) / 1000).toFixed(0)} s`,
);

const before = process.memoryUsage.rss();
const opening = monotonic();
const store = openSqlitePermissionStore(directory);
await store.activeFor({ person: personOf(0), ...parties });
console.info(`opened, with the first look-up: ${(monotonic() - opening).toFixed(1)} ms`);
const byPerson = async (i: number) => {
  const found = await store.activeFor({ person: personOf(i - (i % perPerson)), ...parties });
  if (found.length !== 1) throw new Error(`${found.length} were found`);
};
const byName = async (i: number) => void (await store.byId(idOf(i)));
await once(createReadStream(permissionsPath(directory)).resume(), "close");
for (const [name, look] of [
  ["of the person", byPerson],
  ["by its id", byName],
] as const) {
  await measure(`${name}, first`, look);
  await measure(name, look);
}
console.info(`memory grown by ${((process.memoryUsage.rss() - before) / 1e6).toFixed(0)} MB`);
await store.close();
await log.close();
rmSync(directory, { recursive: true });

async function measure(name: string, look: (i: number) => Promise<void>): Promise<void> {
  const rounds = 20_000;
  const times: number[] = [];
  const fromDisk: number[] = [];
  const used = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const i = Math.floor(Math.random() * count);
    const { fsRead } = process.resourceUsage();
    const began = process.hrtime.bigint();
    await look(i);
    await store.used([`permission/${i}`, `permission/${i}/1`], systemClock.now());
    const took = Number(process.hrtime.bigint() - began) / 1000;
    (process.resourceUsage().fsRead === fsRead ? times : fromDisk).push(took);
  }
  const { user, system } = process.cpuUsage(used);
  const at = (values: readonly number[], part: number) =>
    values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))]?.toFixed(0) ?? "-";
  const all = [...times, ...fromDisk];
  console.info(
    `${name}: p50 ${at(all, 0.5)} µs, p99 ${at(all, 0.99)} µs; CPU ${((user + system) / rounds).toFixed(0)} µs; ` +
      `${fromDisk.length} of ${rounds} waited for the disk (p50 ${at(fromDisk, 0.5)} µs), ` +
      `the others p99 ${at(times, 0.99)} µs, p99.9 ${at(times, 0.999)} µs`,
  );
}
