import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { diagnose } from "../../../src/assembly/doctor/diagnose.ts";
import { openEvidence } from "../../../src/assembly/open-evidence.ts";
import { orderRetention } from "../../../src/assembly/order-retention.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { run as backup } from "../../../src/cli/backup.ts";
import { run as evidence } from "../../../src/cli/evidence.ts";
import { run as archive } from "../../../src/cli/log-archive.ts";
import { run as check } from "../../../src/cli/log-check.ts";
import { run as reindex } from "../../../src/cli/log-reindex.ts";
import { run as restore } from "../../../src/cli/log-restore.ts";
import { run as search } from "../../../src/cli/log-search.ts";
import { run as putBack } from "../../../src/cli/restore.ts";
import { run as verify } from "../../../src/cli/verify.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { parseReconciliation } from "../../../src/messagelog/statement/reconciliation-result.ts";
import { services } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";
import { told } from "../../exchange/failure/told.ts";
import { until } from "../../until.ts";
import { openReader } from "./open.ts";
import { oldestPostgres, PostgresServer } from "./postgres-server.ts";
import { secondNode } from "./second-node.ts";

/* Whole gateways whose message logs are in PostgreSQL, from the first exchange to a second node. */

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";
const day = 24 * 3_600_000;
const reader = ["--who", "auditor", "--why", "a test"];

t.test("a country whose logs are in PostgreSQL", { skip }, async (t) => {
  const server = await PostgresServer.start(t, version!);
  const [askingLog, answeringLog] = [await server.newDatabase(), await server.newDatabase()];
  const country = await SmallCountry.start(t, {
    asking: {
      postgresql: askingLog,
      errors: { statuses: "plain" },
      retention: { keepDays: 1, graceDays: 2 },
    },
    answering: { postgresql: answeringLog },
  });
  const { asking, answering } = country;
  const config = ["--config", asking.configurationFile];
  const ask = () => country.watch(() => country.ask({ path: pathOf(services.open, "/a?b") }));
  const exchange = async () => (await ask()).asking[0]!.document.id;
  const statesOf = (exchangeId: string) => headStates(asking.configurationFile, exchangeId);

  await t.test("an exchange is recorded, sealed, found, and its evidence package verifies", async (t) => {
    const seen = await ask();
    t.equal(seen.result.status, 200);
    t.strictSame(
      [seen.asking, seen.answering].map((records) => records.map(({ what }) => what)),
      [
        ["sent request", "received response"],
        ["received request", "sent response"],
      ],
    );
    t.equal(await asking.gateway.sealNow(), true);
    t.strictSame(await asking.log.findings(), []);
    const exchangeId = seen.asking[0]!.document.id;
    const out = join(country.directory, "package.zip");
    t.equal(await evidence([...config, ...reader, "--out", out, exchangeId]), 0);
    const anchor = readFileSync(country.authority.anchorFile);
    const { verdict } = await verifyPackage(readFileSync(out), { anchor, at: country.clock.now() });
    t.equal(verdict, "valid");
    t.equal(await check([...config, "--offline"]), 0);
    t.equal(await reindex(config), 0);
    t.match(await printed(t, search, ...config, ...reader), { code: 0, text: exchangeId });
  });

  await t.test(
    "its log is archived, verified, and restored into another database, where it is read",
    async (t) => {
      const exchangeId = await exchange();
      await asking.gateway.sealNow();
      t.capture(systemClock, "now", () => Date.now() + 2 * day);
      const folder = join(country.directory, "archive");
      const tomorrow = new Date(Date.now() + day).toISOString().slice(0, 10);
      t.match(await printed(t, archive, ...config, "--until", tomorrow, "--out", folder), { code: 0 });
      const anchor = ["--anchor", country.authority.anchorFile];
      t.match(await printed(t, verify, folder, ...anchor), { code: 0, text: /VALID/ });
      const restoredFile = join(asking.parts.directory, "restored.json");
      const configuration = JSON.parse(readFileSync(asking.configurationFile, "utf8"));
      const places = {
        stateDirectory: "restored",
        vaultDirectory: "state/vault",
        masterKeyFile: "state/master.key",
      };
      const postgresql = await server.newDatabase();
      writeFileSync(restoredFile, JSON.stringify({ ...configuration, ...places, postgresql }));
      const restored = await printed(t, restore, folder, "--config", restoredFile);
      t.match(restored, {
        code: 0,
        text: new RegExp(`^4 records and 0 large bodies in ${postgresql.database}, `),
      });
      t.strictSame(await headStates(restoredFile, exchangeId), ["readable", "readable"]);
      t.match(await printed(t, search, "--config", restoredFile, ...reader), { code: 0, text: exchangeId });
      await t.rejects(restore([folder, "--config", restoredFile]), /exists already/);
      const over = JSON.stringify({ ...configuration, stateDirectory: "elsewhere" });
      writeFileSync(restoredFile, over);
      const refused = { code: "log_unavailable", detail: /has a message log: none is restored over another/ };
      await t.rejects(restore([folder, "--config", restoredFile]), refused);
    },
  );

  await t.test("its files are backed up and put back beside what PostgreSQL backs up itself", async (t) => {
    const [to, keys] = [join(country.directory, "backup"), join(country.directory, "keys")];
    const made = await printed(t, backup, ...config, "--to", to, "--vault-to", keys);
    t.match(made, { code: 0, text: /the log is in PostgreSQL: have its own backup/ });
    const configuration = JSON.parse(readFileSync(asking.configurationFile, "utf8"));
    const file = join(asking.parts.directory, "put-back.json");
    writeFileSync(file, JSON.stringify({ ...configuration, stateDirectory: "put-back" }));
    const restored = await printed(t, putBack, "--config", file, "--vault", keys, to);
    t.match(restored, {
      code: 0,
      text: /^put back \d+ files .*\nkeys: \d+ files .*\nthe master key of the vault, .*master\.key, is not here/,
    });
    for (const directory of ["bodies", "vault"]) {
      const mark = join(asking.parts.directory, "put-back", directory, "cluster", "id");
      t.equal(readFileSync(mark, "latin1"), readFileSync(mark.replace("put-back", "state"), "latin1"));
    }
    const found = await diagnose(asking.configurationFile, country.clock, () => {});
    t.match(
      found.find(({ name }) => name === "database"),
      { state: "well" },
    );
  });

  await t.test("what somebody deletes by SQL is named by the reconciliation of both sides", async (t) => {
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push(await exchange());
    await answering.gateway.sealNow();
    await server.administer(
      (connection) => connection.query("DELETE FROM sealway.records WHERE exchange_id = $1", [ids[3]]),
      answeringLog.database,
    );
    country.clock.ahead += 3 * 3_600_000;
    for (const [one, log, finding] of [
      [asking, askingLog, "missing-there"],
      [answering, answeringLog, "missing-here"],
    ] as const) {
      await one.gateway.reconcileNow();
      const results = await openReader(t, log).documentsOf("reconciliation");
      t.match(parseReconciliation(results.at(-1)!.bytes), {
        outcome: "differs",
        findings: [{ exchange: ids[3], finding, part: "exchange" }],
      });
    }
  });

  await t.test(
    "while the database is gone calls are refused, and nothing is forwarded; then it goes on",
    async (t) => {
      const before = country.register.begun;
      await server.stop("immediate");
      await until("it is told", () => asking.gateway.health().status === "unable");
      const answer = await country.ask({ path: pathOf(services.open, "/gone") });
      t.match(answer.json(), { code: "log_unavailable", hop: "consumer" });
      t.equal(answer.status, 503);
      t.equal(country.register.begun, before);
      await server.run();
      await until("it records again", async () => {
        return (await country.ask({ path: pathOf(services.open, "/back") })).status === 200;
      });
      t.strictSame(await asking.log.findings(), []);
    },
  );

  await t.test("a second node that shares keys and directories takes over from the first", async (t) => {
    t.equal(await asking.gateway.sealNow(), true);
    const second = await secondNode(t, country, asking);
    const through = async (node: CountryServer) => {
      const door = { port: node.gateway.ports.http! };
      const answer = await country.ask({ path: pathOf(services.open, "/n") }, door);
      t.equal(answer.status, 200);
      return answer.header("Sealway-Exchange-Id")!;
    };
    const ids = [await through(asking), await through(second), await through(asking)];
    t.equal(await second.gateway.sealNow(), false, "another one seals");
    await asking.stop();
    ids.push(await through(second));
    t.equal(await second.gateway.sealNow(), true);
    for (const id of ids)
      t.strictSame(await headStates(second.configurationFile, id), ["readable", "readable"]);
    await asking.start();
    ids.push(await through(asking));
    t.capture(systemClock, "now", () => country.clock.now());
    t.equal(await check([...config, "--offline"]), 0);
    await second.stop();
    t.match(told(await ask()), { status: 200 });
  });

  await t.test(
    "by orders to the running server an exchange is held, the others end, and it ends when lifted",
    async (t) => {
      const [held, erased, other] = [await exchange(), await exchange(), await exchange()];
      const configuration = await loadServerConfiguration(asking.configurationFile);
      const by = ["M. Tamm", "K. Kask"] as const;
      const placed = await orderRetention(configuration, {
        ...{ order: "hold", dryRun: false, case: "1-26-4711", authority: "court", by },
        ...{ review: country.clock.now() + 30 * day, scope: { kind: "exchanges", ids: [held] } },
      });
      t.match(placed, { records: 2 });
      const erase = { order: "erase", reason: "r", by: "b", dryRun: false } as const;
      await t.rejects(orderRetention(configuration, { ...erase, exchangeId: held }), { code: "legal_hold" });
      t.match(await orderRetention(configuration, { ...erase, exchangeId: erased }), { records: 2 });
      country.clock.ahead += 2 * day;
      t.match(await orderRetention(configuration, { order: "run", dryRun: false }), { held: 1, late: 0 });
      const states = [await statesOf(held), await statesOf(erased), await statesOf(other)];
      t.strictSame(states.flat(), ["readable", "readable", "erased", "erased", "erased", "erased"]);
      const lift = { order: "lift", hold: placed.hold, reason: "closed", by, dryRun: false } as const;
      t.match(await orderRetention(configuration, lift), { keys: 1 });
      t.strictSame(await statesOf(held), ["erased", "erased"]);
      t.equal(await asking.gateway.sealNow(), true);
      t.strictSame(await asking.log.findings(), []);
      t.capture(systemClock, "now", () => country.clock.now());
      t.equal(await check([...config, "--offline"]), 0, "every erasure is covered by its statement");
    },
  );

  await t.test("a database restored from yesterday's copy is refused at the start", async (t) => {
    await asking.stop();
    const yesterday = await server.copyOf(askingLog);
    await asking.start();
    await exchange();
    await asking.gateway.sealNow();
    await until("it is cosigned", () => {
      const { size, cosignedSize } = asking.gateway.health().checkpoint as {
        size: number;
        cosignedSize: number;
      };
      return size === cosignedSize;
    });
    await asking.stop();
    await server.administer(async (connection) => {
      await connection.query(`DROP DATABASE ${askingLog.database} WITH (FORCE)`);
      await connection.query(`ALTER DATABASE ${yesterday.database} RENAME TO ${askingLog.database}`);
    });
    await t.rejects(asking.start(), { code: "log_discontinuous", detail: /it was rolled back/ });
    t.notMatch(asking.logLines.join("\n"), readFileSync(askingLog.passwordFile!, "utf8").trim());
  });
});

/** Runs a command; what it prints is kept from the screen. */
async function printed(t: Test, run: (args: readonly string[]) => Promise<number>, ...args: string[]) {
  const shown = t.capture(process.stdout, "write", () => true);
  try {
    const code = await run(args);
    return {
      code,
      text: shown()
        .map(({ args: [line] }) => String(line))
        .join(""),
    };
  } finally {
    shown.restore();
  }
}

async function headStates(configurationFile: string, exchangeId: string): Promise<string[]> {
  const evidence = await openEvidence(await loadServerConfiguration(configurationFile));
  try {
    return (await evidence.findExchange(exchangeId)).records.map(({ head }) => head.state);
  } finally {
    evidence.close();
  }
}
