import { rmSync } from "node:fs";
import { sha256 } from "../../src/core/bytes.ts";
import { monotonic, systemClock } from "../../src/core/clock.ts";
import { openSqlitePermissionStore } from "../../src/store/sqlite/permission-store.ts";
import { fillPermissions, permissionId, timeLookUps } from "./many-permissions.ts";

/*
 * How long a call's look-ups take among many permissions in SQLite: of the person or by id, and two counters. A million
 * takes 1.3 GB of disk, which is given back.
 *
 *   node test/store/measure-permissions.ts [permissions]
 */

const count = Number(process.argv[2] ?? 200_000);
const perPerson = 3;
const document = Buffer.from(JSON.stringify({ filler: "x".repeat(1000) }));
const personOf = (i: number) => sha256(`person ${Math.floor(i / perPerson)}`);
const parties = { provider: "P/1/2/p", consumer: "C/1/2/c", service: "P/1/2/p/s", purpose: "onboarding" };

const { directory, close } = await fillPermissions(count, (i) => {
  const consumer = i % perPerson === 0 ? parties.consumer : `${parties.consumer}${i % perPerson}`;
  return { ...parties, consumer, person: personOf(i), document };
});
const before = process.memoryUsage.rss();
const opening = monotonic();
const store = openSqlitePermissionStore(directory);
await store.activeFor({ person: personOf(0), ...parties });
console.info(`opened, with the first look-up: ${(monotonic() - opening).toFixed(1)} ms`);
const byPerson = async (i: number) => {
  const found = await store.activeFor({ person: personOf(i - (i % perPerson)), ...parties });
  if (found.length !== 1) throw new Error(`${found.length} were found`);
};
const byName = async (i: number) => void (await store.byId(permissionId(i)));
for (const [name, look] of [
  ["of the person", byPerson],
  ["by its id", byName],
] as const) {
  const one = async () => {
    const i = Math.floor(Math.random() * count);
    await look(i);
    await store.used([`permission/${i}`, `permission/${i}/1`], systemClock.now());
  };
  await timeLookUps(`${name}, first`, one);
  await timeLookUps(name, one);
}
console.info(`memory grown by ${((process.memoryUsage.rss() - before) / 1e6).toFixed(0)} MB`);
await store.close();
await close();
rmSync(directory, { recursive: true });
