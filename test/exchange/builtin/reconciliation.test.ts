import { DatabaseSync } from "node:sqlite";
import t, { type Test } from "tap";
import { run as reconcileCommand } from "../../../src/cli/log-reconcile.ts";
import { systemClock } from "../../../src/core/clock.ts";
import type { ExchangeId } from "../../../src/core/ids.ts";
import { type HourStatement, parseHourStatement } from "../../../src/messagelog/statement/hour-statement.ts";
import {
  parseReconciliation,
  type ReconciliationResult,
} from "../../../src/messagelog/statement/reconciliation-result.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { benefitsAgency, populationRegister, services } from "../country/plan.ts";
import type { CountryServer } from "../country/server.ts";
import { pathOf, SmallCountry } from "../country.ts";

/*
 * Two gateways compare what their logs hold of each other's exchanges, hour by hour, over the exchange protocol.
 */

const hour = 3_600_000;

type Kind = "statement" | "reconciliation";

async function documents(server: CountryServer, kind: Kind): Promise<Buffer[]> {
  const log = openLogReader(`${server.stateDirectory}/log`);
  const found = await log.documentsOf(kind);
  log.close();
  return found.map(({ bytes }) => bytes);
}

async function statements(server: CountryServer): Promise<HourStatement[]> {
  return (await documents(server, "statement")).map((bytes) => parseHourStatement(bytes).statement);
}

async function results(server: CountryServer): Promise<ReconciliationResult[]> {
  return (await documents(server, "reconciliation")).map(parseReconciliation);
}

const last = async (server: CountryServer) => (await results(server)).at(-1)!;

function alarms(server: CountryServer): string[] {
  const codes = server.gateway.health().alarms.map(({ code }) => code);
  return codes.filter((code) => code.startsWith("reconciliation_"));
}

async function exchange(country: SmallCountry, rest = "/x"): Promise<ExchangeId> {
  const answer = await country.ask({ path: pathOf(services.open, rest) });
  return answer.header("Sealway-Exchange-Id") as ExchangeId;
}

/** Moves everybody to a time when the hour that runs has ended, and its statements are due. */
function endHour({ clock }: SmallCountry): void {
  const now = clock.now();
  clock.ahead += hour - (now % hour) + 11 * 60_000;
}

/** What somebody with the database's file would do. @param where of the table of records */
async function deleteRecords(server: CountryServer, where: string, ...values: string[]): Promise<void> {
  await server.stop();
  const database = new DatabaseSync(`${server.stateDirectory}/log/log.db`);
  const ids = values.map((value) => Buffer.from(value.replaceAll("-", ""), "hex"));
  database.prepare(`DELETE FROM records WHERE ${where}`).run(...ids);
  database.close();
  await server.start();
}

/** `sealway log reconcile`: exit code and what it wrote. */
async function command(t: Test, country: SmallCountry, server: CountryServer, ...more: string[]) {
  const written = t.capture(process.stdout, "write", () => true);
  t.capture(systemClock, "now", () => country.clock.now());
  const code = await reconcileCommand(["--config", server.configurationFile, ...more]);
  written.restore();
  return {
    code,
    text: written()
      .map(({ args }) => String(args[0]))
      .join(""),
  };
}

t.test("after an hour of traffic both sides state the same, and say so", async (t) => {
  const country = await SmallCountry.start(t);
  for (let i = 0; i < 5; i++) await exchange(country, `/n${i}`);
  await country.ask({ path: pathOf(services.companies, "/x") });
  await country.ask({ path: pathOf(services.partly, "/uncovered") });
  await country.ask({ path: pathOf(services.down) });
  await country.ask({ path: pathOf(services.own) });
  await country.asking.gateway.reconcileNow();
  t.same(await statements(country.asking), [], "the hour has not ended");
  endHour(country);
  await country.asking.gateway.reconcileNow();
  const stated = await statements(country.asking);
  t.equal(stated.length, 4, "each side's with two members; none about itself");
  const of = (member: string, peer: string) => {
    return stated.find((one) => one.member === member && one.peer === peer)!;
  };
  const own = of(benefitsAgency, populationRegister);
  t.equal(own.count, 7);
  t.match(of(populationRegister, benefitsAgency), { count: 7, root: own.root });
  await country.answering.gateway.reconcileNow();
  for (const server of [country.asking, country.answering]) {
    t.same(
      (await results(server)).map(({ outcome, findings }) => [outcome, findings]),
      [
        ["agreed", []],
        ["agreed", []],
      ],
    );
    t.same(alarms(server), []);
  }

  const { code, text } = await command(t, country, country.asking);
  t.equal(code, 0);
  t.match(text, new RegExp(`agreed +7/7 +${benefitsAgency} - ${populationRegister} at `));

  t.test("and the exchange of statements makes no further statement", async (t) => {
    endHour(country);
    await country.asking.gateway.reconcileNow();
    t.equal((await results(country.asking)).length, 2);
  });

  t.test("a restart states no hour again, and asks nobody again", async (t) => {
    const before = (await statements(country.asking)).length;
    await country.asking.restart();
    const count = await country.answering.log.count();
    await country.asking.gateway.reconcileNow();
    t.equal((await statements(country.asking)).length, before);
    t.equal((await results(country.asking)).length, 2);
    t.equal(await country.answering.log.count(), count);
  });
});

t.test("a record deleted from one log is named, by both sides", async (t) => {
  const country = await SmallCountry.start(t);
  const ids: ExchangeId[] = [];
  for (let i = 0; i < 80; i++) ids.push(await exchange(country));
  const [whole, request, answer] = [ids[17]!, ids[40]!, ids[70]!];
  // 0 is the type of a request.
  await deleteRecords(country.answering, "exchange_id = ?", whole);
  await deleteRecords(country.answering, "exchange_id = ? AND type = 0", request);
  await deleteRecords(country.answering, "exchange_id = ? AND type <> 0", answer);
  country.clock.ahead += 3 * hour;
  const count = await country.answering.log.count();
  await country.asking.gateway.reconcileNow();
  const asked = (await country.answering.log.after(count)).filter(({ what }) => what === "received request");
  t.ok(asked.length <= 5, `a few questions: ${asked.length}`);
  t.match(await last(country.asking), {
    outcome: "differs",
    unresolved: 0,
    findings: [
      { exchange: whole, finding: "missing-there", part: "exchange" },
      { exchange: request, finding: "missing-there", part: "request" },
      { exchange: answer, finding: "missing-there", part: "answer" },
    ],
  });
  t.equal((await last(country.asking)).findings.length, 3);
  t.same(alarms(country.asking), ["reconciliation_differs"]);
  await country.answering.gateway.reconcileNow();
  t.match(await last(country.answering), {
    outcome: "differs",
    findings: [
      { exchange: whole, finding: "missing-here", part: "exchange" },
      { exchange: request, finding: "missing-here", part: "request" },
      { exchange: answer, finding: "missing-here", part: "answer" },
    ],
  });
  await country.asking.restart();
  t.same(alarms(country.asking), ["reconciliation_differs"], "the finding outlives the process");
  const { code, text } = await command(t, country, country.asking);
  t.equal(code, 1);
  t.ok(text.includes(`  missing-there  ${whole} exchange\n  missing-there  ${request} request\n`));
  const json = await command(t, country, country.asking, "--json");
  t.match(JSON.parse(json.text), { outcome: "differs", here: { count: 80 }, there: { count: 78 } });
});

t.test("a log emptied as a whole is noticed by the other side's statement", async (t) => {
  const country = await SmallCountry.start(t);
  const ids = [await exchange(country), await exchange(country)];
  await deleteRecords(country.answering, "1 = 1");
  country.clock.ahead += 3 * hour;
  await country.asking.gateway.reconcileNow();
  await country.answering.gateway.reconcileNow();
  t.same(
    (await last(country.answering)).findings,
    ids.map((id) => ({ exchange: id, finding: "missing-here", part: "exchange" })),
  );
});

t.test("a peer that makes no statement is a finding, which ends when it speaks again", async (t) => {
  const country = await SmallCountry.start(t);
  await exchange(country);
  await country.answering.stop();
  country.clock.ahead += 2 * hour;
  await country.asking.gateway.reconcileNow();
  t.same(await results(country.asking), [], "not yet");
  country.clock.ahead += 5 * hour + 10 * 60_000;
  await country.asking.restart();
  await country.asking.gateway.reconcileNow();
  t.match(await last(country.asking), {
    outcome: "silent",
    reason: "peer_unreachable",
    findings: { length: 0 },
  });
  t.same(alarms(country.asking), ["reconciliation_silent"]);
  await country.answering.start();
  await country.asking.gateway.reconcileNow();
  t.equal((await last(country.asking)).outcome, "silent", "left alone for a while");
  country.clock.ahead += 6 * 60_000;
  await country.asking.gateway.reconcileNow();
  t.equal((await last(country.asking)).outcome, "agreed");
  t.same(alarms(country.asking), []);
});
