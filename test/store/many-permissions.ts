import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../src/core/bytes.ts";
import { monotonic, systemClock } from "../../src/core/clock.ts";
import { exchangeIdBytes, exchangeIdText } from "../../src/store/sqlite/columns.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";
import { openPermissionsForWriting, permissionsPath } from "../../src/store/sqlite/permission-table.ts";
import { newDirectory } from "../new-directory.ts";

/** A permission as it stands in its row. */
export interface PermissionRow {
  readonly provider: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  /** The tag of the person. */
  readonly person: Buffer;
  readonly document: Buffer;
}

/** Of the i-th permission: in the order in which they were made, one a millisecond. */
export function permissionId(i: number): string {
  const id = sha256(`id ${i}`).subarray(0, 16);
  id.writeUIntBE(1_700_000_000_000 + i, 0, 6);
  id[6] = 0x70 | (id[6]! & 0x0f);
  id[8] = 0x80 | (id[8]! & 0x3f);
  return exchangeIdText(id);
}

/**
 * Fills the permissions of a new log, and tells on the console of size and time; the file is read once, as a server that
 * runs has it in memory.
 * @returns the log's directory, and what closes the log
 */
export async function fillPermissions(
  count: number,
  rowOf: (i: number) => PermissionRow,
): Promise<{ readonly directory: string; close(): Promise<void> }> {
  const directory = join(newDirectory(), "log");
  const log = await openSqliteMessageStore({ directory, clock: systemClock });
  const began = monotonic();
  const database = openPermissionsForWriting(directory);
  database.pragma("synchronous = OFF");
  database.exec("DROP INDEX permissions_pair; BEGIN");
  const insert = database.prepare(`INSERT INTO permissions VALUES (${"?, ".repeat(9)}?)`);
  for (let i = 0; i < count; i++) {
    const { provider, consumer, service, purpose, person, document } = rowOf(i);
    const named = [provider, consumer, service, purpose, "active", person];
    insert.run(exchangeIdBytes(permissionId(i)), 1, ...named, sha256(`statement ${i}`), document);
    if (i % 100_000 === 99_999) database.exec("COMMIT; BEGIN");
  }
  database.exec("COMMIT; CREATE INDEX permissions_pair ON permissions (person, consumer)");
  database.close();
  const path = permissionsPath(directory);
  const size = (statSync(path).size / 1e9).toFixed(2);
  console.info(`${count} permissions, ${size} GB, loaded in ${((monotonic() - began) / 1000).toFixed(0)} s`);
  await once(createReadStream(path).resume(), "close");
  return { directory, close: () => log.close() };
}

/**
 * Times many look-ups, one after the other, and tells of them on the console. A machine that gives the memory of files
 * away makes some wait for its disk: they are told apart.
 */
export async function timeLookUps(name: string, look: () => Promise<void>): Promise<void> {
  const rounds = 20_000;
  const times: number[] = [];
  const fromDisk: number[] = [];
  const used = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const { fsRead } = process.resourceUsage();
    const began = process.hrtime.bigint();
    await look();
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
