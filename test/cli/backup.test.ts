import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import t from "tap";
import { makeBackup } from "../../src/assembly/backup/make-backup.ts";
import { restoreBackup } from "../../src/assembly/backup/restore-backup.ts";
import { confirmDiscontinuity, declareDiscontinuity } from "../../src/assembly/declare-discontinuity.ts";
import { openReader } from "../../src/assembly/log-store.ts";
import { openEvidence } from "../../src/assembly/open-evidence.ts";
import { orderRetention } from "../../src/assembly/order-retention.ts";
import { type AcmeSettings, loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { UsageError } from "../../src/cli/arguments.ts";
import { run as backup } from "../../src/cli/backup.ts";
import { progressOn } from "../../src/cli/progress.ts";
import { run as restore } from "../../src/cli/restore.ts";
import { systemClock } from "../../src/core/clock.ts";
import { copyDatabase } from "../../src/store/sqlite/copy-database.ts";
import { openForReading, openForWriting } from "../../src/store/sqlite/database.ts";
import { listOfficers, makeOfficer } from "../exchange/country/officer.ts";
import { services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { until } from "../until.ts";

/* A server is backed up while it works, erases, loses its disks, and is put back: what was erased stays erased. */

const day = 24 * 3_600_000;
const country = await SmallCountry.start(t);
const { asking, clock, register } = country;
const state = asking.stateDirectory;
const at = (name: string) => join(country.directory, "backups", name);
const configuration = await loadServerConfiguration(asking.configurationFile);
const quiet = { configuration, clock, progress: () => {} };
const back = (from: string | undefined, vaultFrom?: string) => restoreBackup({ ...quiet, from, vaultFrom });

const refused = (detail: RegExp) => ({ code: "bad_request", detail });

/** An exchange whose large answer is kept for a day, in a file. */
async function exchange(): Promise<string> {
  const body = JSON.stringify({ name: "M", padding: "x".repeat(100_000) });
  register.answer({ headers: ["Content-Type", "application/json"], body });
  const answer = await country.ask({
    method: "POST",
    path: pathOf(services.contested, "/search"),
    headers: ["Content-Type", "application/json"],
    body: JSON.stringify({ code: "46808039945" }),
  });
  return answer.header("Sealway-Exchange-Id")!;
}

async function witnessed(): Promise<void> {
  await asking.gateway.sealNow();
  const checkpoint = () => asking.gateway.health().checkpoint as { size: number; cosignedSize: number };
  await until(() => checkpoint().size > 0 && checkpoint().cosignedSize === checkpoint().size);
}

/** What is left of head and body of each message. */
async function left(exchangeId: string): Promise<string[]> {
  const reader = await openEvidence(configuration);
  try {
    const { records } = await reader.findExchange(exchangeId);
    return await Promise.all(
      records.map(async ({ head, record }) => `${head.state} ${(await reader.bodyOf(record)).state}`),
    );
  } finally {
    reader.close();
  }
}

/** Files below a directory that hold one of the texts. */
function holding(directory: string, texts: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => texts.some((text) => readFileSync(path).includes(text)));
}

/** Live keys of a vault: their files, and what each has wrapped. */
function keysIn(vault: string): Map<string, string> {
  const files = readdirSync(vault, { recursive: true, encoding: "utf8" }).filter((path) =>
    /[\w-]{36}\.json$/.test(path),
  );
  return new Map(files.map((path) => [path, JSON.parse(readFileSync(join(vault, path), "utf8")).wrapped]));
}

function lose(...names: string[]): void {
  for (const name of names) rmSync(join(state, name), { recursive: true, force: true });
}

let first: string;
let erased: string[];

t.test("beside a running server: complete, and without vault, master key and passphrase", async (t) => {
  first = await exchange();
  await witnessed();
  let goesOn = true;
  const traffic = (async () => {
    while (goesOn) await exchange();
  })();
  const made = await makeBackup({ ...quiet, to: at("a"), vaultTo: at("keys") });
  goesOn = false;
  await traffic;
  t.ok(made.files > 5);
  t.ok(made.vault!.copied >= 3);
  const wrapped = [...keysIn(join(state, "vault")).values()];
  const secrets = [
    readFileSync(join(state, "master.key"), "latin1").trim(),
    readFileSync(join(country.directory, "passphrase"), "latin1").trim(),
  ];
  t.strictSame(holding(at("a"), [...wrapped, ...secrets]), []);
  t.strictSame(holding(at("keys"), secrets), []);
  t.equal(statSync(at("a")).mode & 0o777, 0o700);
  const names = new Set(readdirSync(join(at("a"), "state")));
  t.notOk(names.has("vault") || names.has("master.key") || names.has("spool") || names.has("orders.sock"));
  const reader = openReader({ stateDirectory: join(at("a"), "state") });
  t.ok((await reader.find(first)).length > 0);
  reader.close();
  cpSync(at("keys"), at("old-keys"), { recursive: true });
});

t.test("what is destroyed is destroyed in the likeness of the vault by the next run", async (t) => {
  t.strictSame(await left(first), ["readable readable", "readable readable"]);
  const before = keysIn(at("keys"));
  clock.ahead += 2 * day;
  await orderRetention(configuration, { order: "run", dryRun: false });
  t.strictSame(await left(first), ["readable erased", "readable erased"]);
  const after = keysIn(join(state, "vault"));
  erased = [...before].flatMap(([path, wrapped]) => (after.has(path) ? [] : [wrapped]));
  t.ok(erased.length > 0);
  // OCSP responses of two days ago are asked for anew at a start.
  await Promise.all([asking.restart(), country.answering.restart()]);
  await exchange();
  await witnessed();
  await asking.stop();
  const { vault } = await makeBackup({ ...quiet, to: at("b"), vaultTo: at("keys") });
  t.equal(vault?.destroyed, erased.length);
  t.strictSame(holding(at("keys"), erased), []);
  t.strictSame(keysIn(at("keys")), keysIn(join(state, "vault")));
});

t.test(
  "an older likeness of the vault brings back nothing that vault or log know to be destroyed",
  async (t) => {
    t.match(
      await back(undefined, at("old-keys")),
      { keys: { restored: 0, left: erased.length } },
      "the vault knows",
    );
    renameSync(join(state, "vault"), at("lost-vault"));
    t.match(await back(undefined, at("old-keys")), { keys: { left: erased.length } }, "the log knows");
    t.strictSame(holding(join(state, "vault"), erased), []);
    lose("vault");
    renameSync(at("lost-vault"), join(state, "vault"));
  },
);

t.test(
  "everything is lost; with the newest backup the server goes on, and what was erased is erased",
  async (t) => {
    lose("log", "bodies", "checkpoint", "vault");
    t.match(await back(at("b"), at("keys")), { missing: [], keys: { left: 0 } });
    t.strictSame(await left(first), ["readable erased", "readable erased"]);
    await asking.start();
    const next = await exchange();
    await witnessed();
    t.strictSame(await left(next), ["readable readable", "readable readable"]);
    await t.rejects(back(at("b")), { code: "bad_request", detail: "the server runs: stop it first" });
  },
);

t.test(
  "with an older backup, too; but the server starts only when two officers declare what is lost",
  async (t) => {
    await asking.stop();
    await t.rejects(back(at("a")), refused(/there is a log in .*: move it away first/));
    lose("log", "bodies", "checkpoint", "vault");
    const { kept } = await back(at("a"), at("keys"));
    t.ok(kept > 0, "what was not lost stays as it is");
    t.strictSame(
      await left(first),
      ["readable erased", "readable erased"],
      "its key is in no backup any more",
    );
    await t.rejects(asking.start(), { code: "log_discontinuous" });
    const [anna, boris] = [
      await makeOfficer(country, asking, "anna"),
      await makeOfficer(country, asking, "boris"),
    ];
    await listOfficers(country, asking, [anna, boris]);
    const { record } = await declareDiscontinuity(configuration, anna.files, "both disks failed", clock);
    await confirmDiscontinuity(configuration, boris.files, record, clock);
    await asking.start();
    await exchange();
    t.strictSame(await left(first), ["readable erased", "readable erased"]);
    await asking.stop();
  },
);

t.test("refused: damaged, another server's, too old, in each other, or no backup at all", async (t) => {
  cpSync(at("b"), at("damaged"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(at("b"), "manifest.json"), "utf8"));
  const [{ part, path }] = manifest.files;
  lose("log");
  writeFileSync(join(at("damaged"), part, path), "x");
  await t.rejects(back(at("damaged")), refused(/the backup is damaged: .* was altered/));
  rmSync(join(at("damaged"), part, path));
  await t.rejects(back(at("damaged")), refused(/the backup is damaged: .*ENOENT/));
  const write = (change: object) =>
    writeFileSync(join(at("damaged"), "manifest.json"), JSON.stringify({ ...manifest, ...change }));
  write({ server: "DEV/GOV/1/other" });
  await t.rejects(back(at("damaged")), refused(/is a backup of DEV\/GOV\/1\/other/));
  write({ log: "postgresql" });
  await t.rejects(back(at("damaged")), refused(/was in postgresql/));
  for (const evil of ["../../x", "/etc/x", "a/./b", ""]) {
    write({ files: [{ part: "state", path: evil, size: 0, sha256: "" }] });
    await t.rejects(back(at("damaged")), refused(/no backup that this release knows/), evil);
  }
  await t.rejects(back(at("nowhere")), refused(/is no backup/));
  await t.rejects(back(undefined, at("b")), refused(/is no backup of a vault/));
  clock.ahead += 8 * day;
  await t.rejects(back(at("b"), at("keys")), refused(/after seven days/));
  clock.ahead -= 8 * day;
  t.notOk(existsSync(join(state, "log")), "nothing was written");
  const places = (to: string, vaultTo?: string) => makeBackup({ ...quiet, to, vaultTo });
  await t.rejects(places(at("c"), join(at("c"), "keys")), refused(/lie in each other/));
  await t.rejects(places(join(state, "backup")), refused(/lie in each other/));
  await t.rejects(makeBackup({ ...quiet, to: at("b"), vaultTo: undefined }), { code: /ENOTEMPTY|EEXIST/ });
  lose("vault");
  await t.rejects(
    places(at("c"), at("keys")),
    refused(/has no keys, and its backup has: is its disk there\?/),
  );
  t.notOk(existsSync(at("c")), "nothing is left of a backup that failed");
});

t.test(
  "secrets go nowhere, whatever folder they lie in, and parts that lie in each other once",
  async (t) => {
    const folder = t.testdir({
      state: { spool: { left: "" }, "kept.json": "", "management.secret": "s", "pin.txt": "1234" },
      keys: {
        ...{ "console.key": "", "client.secret": "", "account.key": "" },
        "seal.key": JSON.stringify({
          pkcs11: { module: "/module.so", token: "t", label: "l", pinFile: "../state/pin.txt" },
        }),
        "one.key": "",
        "passphrase.txt": "",
        bodies: { "00": { body: "" }, "master.key": "" },
      },
      agreements: {
        "terms.json": "",
        search: { "terms.json": "" },
        password: "",
        vault: { "wrapped.json": "" },
      },
    });
    const [keysDirectory, agreementsDirectory] = [join(folder, "keys"), join(folder, "agreements")];
    const elsewhere = {
      ...{ ...configuration, stateDirectory: join(folder, "state"), keysDirectory, agreementsDirectory },
      ...{
        bodiesDirectory: join(keysDirectory, "bodies"),
        vaultDirectory: join(agreementsDirectory, "vault"),
      },
      masterKeyFile: join(keysDirectory, "bodies", "master.key"),
      passphraseFile: join(keysDirectory, "passphrase.txt"),
      postgresql: {
        ...{ host: "h", port: 1, database: "d", user: "u", tls: "none" as const },
        passwordFile: join(agreementsDirectory, "password"),
      },
      members: configuration.members.map((one) => ({ ...one, sealKey: join(keysDirectory, "seal.key") })),
      management: {
        ...{ publicUrl: "https://c", host: "h", port: 1, certificate: "c", officers: [], pages: false },
        ...{ key: join(keysDirectory, "console.key"), sessions: { idleMinutes: 1, absoluteMinutes: 1 } },
        identityProvider: {
          ...{ issuer: "https://i", clientId: "c", acr: [] },
          clientSecretFile: join(keysDirectory, "client.secret"),
        },
      },
      acme: {
        externalAccount: { keyId: "k", keyFile: join(keysDirectory, "account.key") },
      } as unknown as AcmeSettings,
    };
    const work = { ...quiet, configuration: elsewhere };
    const to = join(folder, "backup");
    await makeBackup({ ...work, to, vaultTo: undefined });
    const { files } = JSON.parse(readFileSync(join(to, "manifest.json"), "utf8"));
    t.strictSame(files.map(({ part, path }: { part: string; path: string }) => `${part} ${path}`).sort(), [
      "agreements search/terms.json",
      "agreements terms.json",
      "bodies 00/body",
      "keys one.key",
      "keys seal.key",
      "state kept.json",
    ]);
    const { postgresql: _, ...inFiles } = elsewhere;
    const vaultTo = join(folder, "likeness");
    await makeBackup({ ...quiet, configuration: inFiles, to: join(folder, "again"), vaultTo });
    for (const name of ["management.secret", "pin.txt"]) rmSync(join(folder, "state", name));
    rmSync(elsewhere.management.key);
    const { missing } = await restoreBackup({
      ...{ ...quiet, configuration: inFiles },
      ...{ from: undefined, vaultFrom: vaultTo },
    });
    t.strictSame(
      missing.map(({ path }) => relative(folder, path)),
      ["keys/console.key", "state/pin.txt"],
      "the secret of the console comes back with the vault; what is in no backup is named",
    );
    t.equal(readFileSync(join(folder, "state", "management.secret"), "utf8"), "s");
    for (const place of [
      keysDirectory,
      elsewhere.bodiesDirectory,
      agreementsDirectory,
      elsewhere.vaultDirectory,
    ]) {
      const within = { ...work, to: join(place, "backup"), vaultTo: undefined };
      await t.rejects(makeBackup(within), refused(/lie in each other/), place);
    }
  },
);

t.test("the commands", async (t) => {
  const written = t.capture(process.stdout, "write", () => true);
  t.capture(systemClock, "now", () => clock.now());
  const config = ["--config", asking.configurationFile];
  const codes = [
    await restore([...config, "--vault", at("keys"), "--json", at("b")]),
    await backup([...config, "--to", at("d")]),
  ];
  written.restore();
  t.strictSame(codes, [0, 0]);
  await t.rejects(restore(config), UsageError);
  const [restored, made] = written().map(({ args }) => String(args[0]));
  t.match(JSON.parse(restored!), { made: String, keys: { left: 0 }, missing: [] });
  t.match(
    made,
    /^\/.*\/d: \d+ files, \d+\.\d MiB\nthe key vault and the secret of the console were left out/,
  );
});

t.test("a database is copied as it is at one moment, however much is written meanwhile", async (t) => {
  const folder = t.testdir();
  const [from, to] = [join(folder, "from.db"), join(folder, "to.db")];
  const database = openForWriting(from);
  database.exec("CREATE TABLE rows (number INTEGER PRIMARY KEY, filling BLOB)");
  const insert = database.prepare("INSERT INTO rows (filling) VALUES (randomblob(8000))");
  database.transaction(() => {
    for (let i = 0; i < 2000; i++) insert.run();
  })();
  let steps = 0;
  // The writer commits at each step of the copy.
  await copyDatabase(from, to, () => {
    insert.run();
    steps++;
  });
  database.close();
  const copy = openForReading(to);
  t.ok(steps > 3, `${steps} steps`);
  t.strictSame(copy.prepare("SELECT count(*) FROM rows").pluck().get(), 2000);
  t.equal(copy.pragma("integrity_check", { simple: true }), "ok");
  copy.close();
});

t.test("progress is one line that changes, on a terminal; elsewhere short work says nothing", async (t) => {
  const screen = (isTTY: boolean) => {
    const told: string[] = [];
    const { tell, end } = progressOn({ isTTY, columns: 6, write: (text) => told.push(text) });
    tell("a long line");
    tell("too soon");
    end();
    return told;
  };
  t.strictSame(screen(true), ["\r\u001b[Ka lon", "\r\u001b[K"]);
  t.strictSame(screen(false), []);
});
