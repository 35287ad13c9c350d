import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { run as evidence } from "../../../src/cli/evidence.ts";
import { run as check } from "../../../src/cli/log-check.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { sumOf } from "../../../src/messagelog/statement/statement-tree.ts";
import { until } from "../../until.ts";
import { forgeAnswer } from "../country/forgery.ts";
import { PlayedServer, writeSigned } from "../country/peer.ts";
import { answeringServer, clients, rogueServer, services } from "../country/plan.ts";
import type { Door } from "../country/raw-http.ts";
import { pathOf, SmallCountry } from "../country.ts";
import { asJson, copyOfFiles, LostLogScene } from "./lost-log-scene.ts";

/*
 * A server whose newest copy of the log is lost starts on yesterday's, by the word of two officers, and asks its peers
 * for what it lost.
 */

const country = await SmallCountry.start(t, {
  answering: { clients: [{ id: clients.population, authentication: "http" }] },
});
const { asking, answering } = country;
const scene = new LostLogScene(country, copyOfFiles(country, asking));
const answeringDoor = (): Door => ({ port: answering.gateway.ports.http! });
const asConsumer: string[] = [];
let asProvider = "";

t.test("yesterday's copy of the log is refused, and says what is missing", async (t) => {
  await scene.lose(async () => {
    for (let i = 0; i < 3; i++) asConsumer.push(await scene.exchange());
    asConsumer.push(await scene.exchange(pathOf(services.companies, "/x")));
    const ask = { path: pathOf(services.own, "/x"), client: clients.population };
    asProvider = (await country.ask(ask, answeringDoor())).header("Sealway-Exchange-Id")!;
  });
  await t.rejects(asking.start(), { code: "log_discontinuous" });
});

t.test(
  "after a start with two signatures every lost exchange is named, fetched, verified and kept",
  async (t) => {
    await scene.declare();
    await asking.start();
    const found = await scene.accounts(t, ({ exchanges, servers }) => {
      const answered = servers.find(({ server }) => server === answeringServer);
      return answered?.asked === true && exchanges.length > 0;
    });
    const expected = [
      ...asConsumer.map((exchange) => ({ exchange, role: "consumer" })),
      { exchange: asProvider, role: "provider" },
    ];
    const byId = (a: { exchange: string }, b: { exchange: string }) => (a.exchange < b.exchange ? -1 : 1);
    t.match(
      found.toSorted(byId),
      expected
        .toSorted(byId)
        .map((one) => ({ ...one, outcome: "recovered", file: "verified", reason: null })),
    );
    t.equal(found.length, expected.length, "nothing else");
    for (const { exchange, package: path } of found) {
      t.equal(path, join(asking.stateDirectory, "recovered", `${exchange}.zip`));
      t.equal(statSync(path!).mode & 0o777, 0o600);
      const anchor = readFileSync(country.authority.anchorFile);
      const { verdict } = await verifyPackage(readFileSync(path!), { anchor, at: country.clock.now() });
      t.equal(verdict, "valid");
    }
  },
);

t.test("the server that could not be asked is named, and health tells it", async (t) => {
  const { code, text } = await scene.lostCommand(t);
  t.equal(code, 1);
  t.match(text, new RegExp(`${answeringServer} was asked about all of it`));
  t.match(text, new RegExp(`${rogueServer} was asked up to .*: peer_unreachable`));
  t.match(text, /5 exchanges recovered, 0 awaited/);
  const alarm = asking.gateway.health().alarms.find(({ code }) => code === "log_loss_not_recovered");
  t.match(alarm, { severity: "warning", detail: /0 exchanges are named and not recovered/ });
});

t.test("the witnesses took the record: the log goes on, cosigned", async (t) => {
  await scene.exchange();
  await asking.gateway.sealNow();
  const checkpoint = () => asking.gateway.health().checkpoint as Record<"size" | "cosignedSize", number>;
  await until(() => checkpoint().cosignedSize === checkpoint().size);
  const state = await fetch(new URL(`/witness/v1/latest?origin=${asking.parts.id}`, country.authority.url));
  t.equal(((await state.json()) as { discontinuities: string[] }).discontinuities.length, 1);
});

t.test("`log check` finds no damage in the log that goes on, and names the discontinuity", async (t) => {
  const written = t.capture(process.stdout, "write", () => true);
  t.capture(systemClock, "now", () => country.clock.now());
  const code = await check(["--config", asking.configurationFile]);
  const [said] = written();
  written.restore();
  t.equal(code, 0);
  t.match(String(said!.args[0]), /it went on 1 times from an earlier state: see `sealway log lost`/);
});

t.test("`sealway evidence` gives the recovered package of a lost exchange, and says so", async (t) => {
  const out = join(t.testdir(), "package.zip");
  const err = t.capture(process.stderr, "write", () => true);
  const quiet = t.capture(process.stdout, "write", () => true);
  const reader = ["--who", "auditor", "--why", "complaint 7"];
  const code = await evidence([
    ...["--config", asking.configurationFile, ...reader, "--out", out, asConsumer[0]!],
  ]);
  quiet.restore();
  t.equal(code, 0);
  t.match(String(err()[0]!.args[0]), /the log lost this exchange: this is the other side's package/);
  t.same(readFileSync(out), readFileSync(join(asking.stateDirectory, "recovered", `${asConsumer[0]}.zip`)));
});

const failed = "a peer could not be asked for what the log lost";

t.test("a restart asks nothing again of whom it has everything from", async (t) => {
  const [count, lines] = [await answering.log.count(), asking.logLines.length];
  await asking.restart();
  await until(() => asking.logLines.slice(lines).some((line) => line.includes(failed)));
  t.equal(await answering.log.count(), count);
  t.equal((await scene.lost(t)).discontinuities[0]!.exchanges.length, 5);
});

t.test("a recovered package that is changed or deleted afterwards is a finding", async (t) => {
  const path = (i: number) => join(asking.stateDirectory, "recovered", `${asConsumer[i]}.zip`);
  const whole = readFileSync(path(0));
  writeFileSync(path(0), "x");
  rmSync(path(1));
  const files = async () => {
    const [found] = (await scene.lost(t)).discontinuities;
    return [0, 1, 2].map((i) => found!.exchanges.find(({ exchange }) => exchange === asConsumer[i])?.file);
  };
  t.same(await files(), ["changed", "gone", "verified"]);
  writeFileSync(path(0), whole);
  await asking.restart();
  await until(async () => (await files())[1] === "verified");
});

t.test("when the last server answers as well, everything is told to be recovered", async (t) => {
  const rogue = await PlayedServer.start(country);
  t.teardown(() => rogue.close());
  rogue.play(async ({ message }, response) => {
    const sums = Buffer.from(JSON.stringify({ sums: [sumOf([])] }));
    writeSigned(response, await forgeAnswer(country, message, asJson, sums));
  });
  await asking.restart();
  await until(async () => (await scene.lost(t)).recovered);
  const { code, text } = await scene.lostCommand(t);
  t.equal(code, 0);
  t.match(text, new RegExp(`${rogueServer} was asked about all of it`));
  await until(() => asking.gateway.health().alarms.every(({ code }) => code !== "log_loss_not_recovered"));
});

t.test("a server that lost nothing says so", async (t) => {
  const { code, text } = await scene.lostCommand(t, { of: answering });
  t.equal(code, 0);
  t.equal(text, "nothing was lost: the log has no discontinuity\n");
});
