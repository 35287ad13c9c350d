import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import { SealwayError } from "../../../src/core/errors.ts";
import type { MessageRecord } from "../../../src/messagelog/message-record.ts";
import type { MessageStore } from "../../../src/messagelog/message-store.ts";
import { until } from "../../until.ts";
import { readAll, request, sealed } from "../contract/log-under-test.ts";
import { openReader, openStore, quick, recovered } from "./open.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";

/* The database goes away, runs out of space, is not to be written, or is not what it must be. */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";
const server = version && (await PostgresServer.start(t, version));

/** Appends from many places until told to stop. */
class Load {
  readonly recorded: MessageRecord[] = [];
  readonly refused: MessageRecord[] = [];
  readonly #store: MessageStore;
  readonly #done: Promise<unknown>;
  #stopped = false;

  constructor(store: MessageStore) {
    this.#store = store;
    this.#done = Promise.all(Array.from({ length: 16 }, () => this.#append()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #append(): Promise<void> {
    while (!this.#stopped) {
      const record = request();
      try {
        await this.#store.append(record, sealed);
        this.recorded.push(record);
      } catch (error) {
        if (!(error instanceof SealwayError) || error.code !== "log_unavailable") throw error;
        this.refused.push(record);
        await wait(5);
      }
    }
  }
}

function idsOf(records: readonly { readonly exchangeId: string }[]): string[] {
  return records.map(({ exchangeId }) => exchangeId).sort();
}

for (const how of ["fast", "immediate"] as const) {
  t.test(
    `the database is restarted under load (${how}): what was acknowledged is there, what was refused is not`,
    { skip },
    async (t) => {
      const place = await server!.newDatabase();
      const store = await openStore(t, place, { pace: quick });
      const load = new Load(store);
      for (let round = 1; round <= 2; round++) {
        const before = load.recorded.length;
        await until("it records", () => load.recorded.length > before + 200);
        await server!.stop(how);
        await until("it refuses", () => store.health().state === "unavailable");
        await t.rejects(store.append(request(), sealed), { code: "log_unavailable" });
        await t.rejects(store.openRequests(), { code: "log_unavailable" });
        await t.rejects(store.holdsSealing(), { code: "log_unavailable" });
        await server!.run();
        await recovered(store);
      }
      const after = load.recorded.length;
      await until("it records again", () => load.recorded.length > after + 50);
      await load.stop();
      const { records, findings } = await readAll(openReader(t, place));
      t.strictSame(findings, []);
      t.strictSame(idsOf(records), idsOf(load.recorded));
      t.ok(load.refused.length > 0);
      t.ok((await openReader(t, place).writers()).length >= 3, "each connection is a writer");
    },
  );
}

t.test("kill -9 of the database's process during commits: as when it is restarted", { skip }, async (t) => {
  const place = await server!.newDatabase();
  const store = await openStore(t, place, { pace: quick });
  const load = new Load(store);
  for (let round = 0; round < 2; round++) {
    const before = load.recorded.length;
    await until("it records", () => load.recorded.length > before + 100);
    const [backend] = await server!.administer((connection) =>
      connection.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'sealway log' AND datname = $1",
        [place.database],
      ),
    );
    process.kill(backend!.pid, "SIGKILL");
    await until("it refuses", () => store.health().state === "unavailable");
    await recovered(store);
  }
  await load.stop();
  const { records, findings } = await readAll(openReader(t, place));
  t.strictSame([findings, idsOf(records)], [[], idsOf(load.recorded)]);
});

t.test("a commit whose answer is lost is asked for, not guessed", { skip }, async (t) => {
  const place = await server!.newDatabase();
  const store = await openStore(t, place, { pace: quick });
  const load = new Load(store);
  for (let round = 0; round < 12; round++) {
    const before = load.recorded.length;
    await until("it records", () => load.recorded.length > before + 30);
    await server!.administer((connection) =>
      connection.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sealway log'",
      ),
    );
  }
  await load.stop();
  const { records, findings } = await readAll(openReader(t, place));
  t.strictSame(findings, []);
  t.strictSame(idsOf(records), idsOf(load.recorded));
});

t.test(
  "a database that is set read-only refuses, and takes records again when it is not",
  { skip },
  async (t) => {
    const place = await server!.newDatabase();
    const store = await openStore(t, place, { pace: quick });
    const set = (to: string) =>
      server!.administer(async (connection) => {
        await connection.script(`ALTER DATABASE ${place.database} SET default_transaction_read_only = ${to}`);
        await connection.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sealway log'",
        );
      });
    await store.append(request(), sealed);
    await set("on");
    await until("it says so", () => {
      const health = store.health();
      return health.state === "unavailable" && health.reason === "the database is read-only";
    });
    await t.rejects(openStore(t, place), { code: "log_unavailable", detail: "the database is read-only" });
    await set("off");
    await recovered(store);
    t.match(await store.append(request(), sealed), { outcome: "recorded" });
  },
);

t.test(
  "a database that says its disk is full (by a trigger): refused, and taken up again",
  { skip },
  async (t) => {
    const place = await server!.newDatabase();
    const store = await openStore(t, place, { pace: quick });
    const load = new Load(store);
    const say = (script: string) =>
      server!.administer((connection) => connection.script(script), place.database);
    await until("it records", () => load.recorded.length > 20);
    await say(`
    SET search_path = sealway;
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'no space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON probe FOR EACH STATEMENT EXECUTE FUNCTION full_disk();
    CREATE TRIGGER full_disk BEFORE UPDATE ON writers FOR EACH STATEMENT EXECUTE FUNCTION full_disk();
  `);
    await until("it says so", () => {
      const health = store.health();
      return health.state === "unavailable" && health.reason === "the database's disk is full (53100)";
    });
    await t.rejects(store.append(request(), sealed), { code: "log_unavailable", detail: /disk is full/ });
    await say("DROP FUNCTION sealway.full_disk CASCADE");
    await recovered(store);
    const before = load.recorded.length;
    await until("it records again", () => load.recorded.length > before + 20);
    await load.stop();
    const { records, findings } = await readAll(openReader(t, place));
    t.strictSame([findings, idsOf(records)], [[], idsOf(load.recorded)]);
  },
);

/** A small file system of its own, for what the database keeps in a tablespace. */
function mounted(t: Test, megabytes: number): string {
  const directory = mkdtempSync(join(tmpdir(), "sealway-disk-"));
  const { status, stderr } = spawnSync(
    "mount",
    ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(stderr);
  t.teardown(() => {
    spawnSync("umount", ["-l", directory]);
    rmdirSync(directory);
  });
  return directory;
}

function mayMount(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const directory = mkdtempSync(join(tmpdir(), "sealway-mount-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]);
  if (status === 0) spawnSync("umount", [directory]);
  rmdirSync(directory);
  return status === 0;
}

t.test(
  "disk full: refused, nothing half recorded, and it goes on when there is room again",
  { skip: skip || (!mayMount() && "only who may mount can fill a disk") },
  async (t) => {
    const disk = mounted(t, 24);
    const folder = join(disk, "tablespace");
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 65534, 65534);
    await server!.administer((connection) =>
      connection.query(`CREATE TABLESPACE small LOCATION '${folder}'`),
    );
    const place = await server!.newDatabase("small");
    writeFileSync(join(disk, "ballast"), Buffer.alloc(8 * 1024 * 1024));
    const store = await openStore(t, place, { pace: quick });
    const load = new Load(store);
    await until("the disk is full", () => {
      const health = store.health();
      return health.state === "unavailable" && health.reason === "the database's disk is full (53100)";
    });
    rmSync(join(disk, "ballast"));
    await recovered(store);
    const before = load.recorded.length;
    await until("it records again", () => load.recorded.length > before + 20);
    await load.stop();
    const { records, findings } = await readAll(openReader(t, place));
    t.strictSame([findings, idsOf(records)], [[], idsOf(load.recorded)]);
  },
);
