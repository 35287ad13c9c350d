import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { loadCommand, loadCommands } from "../../../src/cli/commands.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { memberOf } from "../../../src/core/ids.ts";
import { until } from "../../until.ts";
import { makeOfficer, type Officer } from "../country/officer.ts";
import { clients, services } from "../country/plan.ts";
import type { CountryServer } from "../country/server.ts";
import { pathOf, SmallCountry } from "../country.ts";
import { bothSides, call, changed, made, more, offered, requested, shown, terms } from "./agreement-scene.ts";

/*
 * The whole life of agreements between two gateways, over the exchange protocol, by the commands of their operators.
 */

t.test("between two gateways", async (t) => {
  const country = await SmallCountry.start(t, {
    ...{ asking: { errors: { statuses: "plain" } }, more, registration: "taken" },
  });
  const { asking, answering } = country;

  t.test("the whole life of one agreement", async (t) => {
    t.equal(await call(country), "access_denied", "nobody agreed yet");
    const request = await requested(t, country, terms("bank-open"));
    t.match(request, { state: "requested", delivered: { outcome: "taken" } });
    t.equal(await call(country), "access_denied", "what is asked for permits nothing");
    const approval = await made(t, answering, "approve", "bank-open");
    t.match(approval, { state: "approved", delivered: { outcome: "taken" } });
    t.equal(await call(country), "200", "the next call is permitted, without a restart");
    const { acts } = await bothSides(t, country, "bank-open");
    t.match(acts, [
      { act: "request", by: "consumer", sha256: request.act, previous: null },
      { act: "approve", by: "provider", sha256: approval.act, previous: request.act },
    ]);
    t.match(
      acts.map(({ receipts }) => receipts.map(({ by }) => by)),
      [["provider"], ["consumer"]],
      "each side has the other's word that it took it",
    );

    const proposed = await changed(
      t,
      country,
      asking,
      terms("bank-open", services.open.id, { endpoints: [{ method: "*", path: "/**" }] }),
    );
    t.equal(proposed.state, "change-requested");
    t.equal(await call(country), "200", "what is in force stays in force");
    await made(t, answering, "approve", "bank-open");
    t.match(await bothSides(t, country, "bank-open"), { state: "approved", revision: 2 });
    t.equal(await call(country), "200");

    await made(t, asking, "end", "bank-open", "--reason", "no account is opened any more");
    t.match(await bothSides(t, country, "bank-open"), { state: "ended", terms: null });
    t.equal(await call(country), "access_denied", "the next call is refused");
    await t.rejects(made(t, answering, "resume", "bank-open", "--reason", "x"), {
      code: "transition_refused",
    });
  });

  t.test("each of the three flags stops calls, at once and on both sides", async (t) => {
    const attribute = "supervised";
    const attributes = [{ name: attribute, until: new Date(country.clock.now() + day).toISOString() }];
    const members = country.registry.members.map((member) => {
      return member.id === memberOf(clients.onboarding) ? { ...member, attributes } : member;
    });
    await country.authority.publish({ ...country.registry, members });
    await inUse(country);
    const conditions = [{ kind: "certified", attribute }];
    await requested(t, country, terms("bank-flags", services.open.id, { conditions }));
    await made(t, answering, "approve", "bank-flags");
    t.equal(await call(country), "200");
    for (const [server, party] of [
      [asking, "consumer"],
      [answering, "provider"],
    ] as const) {
      await made(t, server, "suspend", "bank-flags", "--reason", "we look into something");
      t.equal(await call(country), "agreement_suspended", party);
      const refused = await country.ask({ path: pathOf(services.open, "/x"), client: clients.onboarding });
      t.match(refused.json().message, new RegExp(`suspended by the ${party}$`), "and by no condition");
      const { suspended } = await bothSides(t, country, "bank-flags");
      t.match(suspended[party], { reason: "we look into something" });
      const other = server === asking ? answering : asking;
      await t.rejects(
        made(t, other, "resume", "bank-flags", "--reason", "go on"),
        { code: "transition_refused" },
        "nobody else clears it",
      );
      await made(t, server, "resume", "bank-flags", "--reason", "nothing was found");
      t.equal(await call(country), "200");
    }
    await made(t, asking, "end", "bank-flags", "--reason", "done");
  });

  t.test("the authority's flag stops calls, whatever the two sides do", async (t) => {
    const officers = [
      await makeOfficer(country, asking, "lead"),
      await makeOfficer(country, asking, "second"),
    ];
    const registration = { officers: officers.map(({ der }) => ({ der })) };
    await country.authority.publish({ ...country.registry, registration });
    const [lead, second] = officers;
    await requested(t, country, terms("bank-stopped"));
    await made(t, answering, "approve", "bank-stopped");
    t.equal(await call(country), "200");

    await stop(t, country, lead!, "suspend");
    t.equal(await call(country), "agreement_suspended", "one officer is enough");
    t.match(await bothSides(t, country, "bank-stopped"), {
      state: "approved",
      suspended: { authority: { state: "suspended", reason: "an inspection" } },
    });
    await made(t, asking, "suspend", "bank-stopped", "--reason", "x");
    await made(t, asking, "resume", "bank-stopped", "--reason", "x");
    t.equal(await call(country), "agreement_suspended", "no side clears it");

    const request = await stop(t, country, lead!, "resume");
    t.equal(await call(country), "agreement_suspended", "a second officer must want it");
    await officerSays(t, country, second!, "approve", request);
    await inUse(country);
    t.equal(await call(country), "200");

    await stop(t, country, second!, "suspend");
    await officerSays(t, country, second!, "approve", await stop(t, country, lead!, "end"));
    await inUse(country);
    t.equal(await call(country), "agreement_suspended");
    t.match(await bothSides(t, country, "bank-stopped"), { state: "ended" });
    const dry = await country.ask({
      ...{ method: "POST", path: "/decisions", client: clients.onboarding },
      headers: ["Content-Type", "application/json"],
      body: JSON.stringify({
        ...{ service: services.open.id, method: "GET", path: "/x" },
        subject: { scheme: "urn:dev:personal-code", value: "38001010000" },
      }),
    });
    t.match(
      dry.json(),
      { code: "access_denied", message: /agreement in force/ },
      "nor is it told of persons",
    );
    await t.rejects(stop(t, country, lead!, "resume"), /transition_refused/, "for good");
  });

  t.test("where the law orders the access, silence is no veto", async (t) => {
    const { id } = offered.ordered;
    await requested(t, country, terms("by-law", id, { purposes: [{ id: "account" }] }));
    t.match(await bothSides(t, country, "by-law"), {
      state: "requested",
      proposal: { byLaw: { withinDays: 20 } },
    });
    for (const word of ["decline", "suspend", "end"])
      await t.rejects(made(t, answering, word, "by-law", "--reason", "no"), { code: "agreement_by_law" });
    t.match(alarmsOf(answering), [{ about: "by-law", detail: /by law they are in force on / }]);
    t.strictSame(alarmsOf(asking), [], "the one that asks knows");
    t.equal(await call(country, id), "access_denied");
    await later(country, 20 * day - minute);
    t.equal(await call(country, id), "access_denied", "the provider has its time");
    country.clock.ahead += minute;
    t.equal(await call(country, id), "200", "in force, though nobody approved");
    t.match(await bothSides(t, country, "by-law"), { state: "approved", revision: 1 });
    t.strictSame(alarmsOf(answering), [], "there is nothing to answer any more");
    await made(t, asking, "end", "by-law", "--reason", "done");
  });

  t.test("a condition that the provider verifies: until its time, and until it is taken back", async (t) => {
    const conditions = [
      { kind: "verified", attribute: "audited" },
      { kind: "declared", attribute: "bank" },
    ];
    await requested(t, country, terms("bank-audited", services.open.id, { conditions }));
    await made(t, answering, "approve", "bank-audited");
    t.equal(await call(country), "agreement_suspended");
    const end = new Date(country.clock.now() + 10 * minute).toISOString();
    await made(t, answering, "verify", "bank-audited", "--attribute", "audited", "--until", end);
    t.equal(await call(country), "agreement_suspended", "one of two is not enough");
    await made(t, asking, "declare", "bank-audited", "--attribute", "bank");
    t.equal(await call(country), "200");
    const { conditions: met } = await bothSides(t, country, "bank-audited");
    t.match(met, [
      { attribute: "audited", met: true, until: Date.parse(end) },
      { attribute: "bank", met: true },
    ]);
    country.clock.ahead += 10 * minute;
    t.equal(await call(country), "agreement_suspended", "its loss suspends");
    const later = new Date(country.clock.now() + 30 * day).toISOString();
    await made(t, answering, "verify", "bank-audited", "--attribute", "audited", "--until", later);
    t.equal(await call(country), "200");
    await made(
      t,
      answering,
      "withdraw",
      "bank-audited",
      "--attribute",
      "audited",
      "--reason",
      "it lost its licence",
    );
    t.equal(await call(country), "agreement_suspended");
    await made(t, asking, "end", "bank-audited", "--reason", "done");
  });

  t.test("an act waits for a side that cannot be reached, and comes when it can", async (t) => {
    await requested(t, country, terms("bank-waits"));
    await made(t, answering, "approve", "bank-waits");
    await asking.stop();
    const suspended = await made(t, answering, "suspend", "bank-waits", "--reason", "an incident");
    t.match(suspended, { delivered: { outcome: "waiting" } });
    await asking.start();
    t.equal(await call(country), "agreement_suspended", "it counts before the consumer knows");
    const told = async () => (await shown(t, asking, "bank-waits")).suspended.provider !== null;
    country.clock.ahead += minute;
    await until(told);
    await bothSides(t, country, "bank-waits");
  });

  t.test("a consumer that missed an act fetches it once a call is refused for its old terms", async (t) => {
    const id = "bank-missed";
    await requested(t, country, terms(id));
    await made(t, answering, "approve", id);
    await changed(t, country, asking, terms(id));
    await asking.stop();
    t.match(await made(t, answering, "approve", id), { delivered: { outcome: "waiting" } });
    await asking.start();
    t.equal(await call(country), "agreement_mismatch");
    await until(async () => (await shown(t, asking, id)).revision === 2);
    t.equal(await call(country), "200");
    await bothSides(t, country, id);
    await made(t, answering, "end", id, "--reason", "done");
  });

  t.test("what both sides hold outlasts a restart of both", async (t) => {
    const before = await bothSides(t, country, "bank-waits");
    await Promise.all([asking.restart(), answering.restart()]);
    t.strictSame(await bothSides(t, country, "bank-waits"), before);
    t.equal(await call(country), "agreement_suspended");
    await made(t, answering, "resume", "bank-waits", "--reason", "all is well");
    t.equal(await call(country), "200");
    await made(t, answering, "end", "bank-waits", "--reason", "done");
  });

  t.test("of two acts at the same time the provider's counts, and the other side is told", async (t) => {
    await requested(t, country, terms("bank-race"));
    await made(t, answering, "approve", "bank-race");
    await answering.stop();
    const late = await made(
      t,
      asking,
      "change",
      await fileOf(country, terms("bank-race")),
      "--reason",
      "more",
    );
    t.match(late, { delivered: { outcome: "waiting" } });
    await asking.stop();
    await answering.start();
    await made(t, answering, "suspend", "bank-race", "--reason", "an incident");
    await asking.start();
    country.clock.ahead += minute;
    await until(async () => (await shown(t, asking, "bank-race")).suspended.provider !== null);
    const { acts } = await bothSides(t, country, "bank-race");
    t.match(
      acts.map(({ act }) => act),
      ["request", "approve", "suspend"],
    );
    t.match(await changed(t, country, asking, terms("bank-race")), { delivered: { outcome: "taken" } });
    await made(t, asking, "end", "bank-race", "--reason", "done");
    await bothSides(t, country, "bank-race");
  });

  t.test("where both sides are served by one gateway, one order does for both", async (t) => {
    const consumer = clients.onboarding;
    const own = { ...terms("own-open", services.own.id), consumer };
    await requested(t, country, own);
    const approval = await made(t, asking, "approve", "own-open", "--as", "provider");
    t.match(approval, { state: "approved", delivered: { outcome: "taken" } });
    t.equal(await call(country, services.own.id), "200");
    const { acts } = await shown(t, asking, "own-open");
    t.match(
      acts.map(({ receipts }) => receipts.map(({ by }) => by)),
      [["provider"], ["consumer"]],
    );
    await t.rejects(
      made(t, asking, "suspend", "own-open", "--reason", "x"),
      { code: "bad_request" },
      "say as whom",
    );
  });

  t.test("the report on use has it", async (t) => {
    const report = (await loadCommand("services use"))!;
    const written = t.capture(process.stdout, "write", () => true);
    t.capture(systemClock, "now", () => country.clock.now());
    const reader = ["--who", "auditor", "--why", "a test"];
    const code = await report.run(["--config", asking.configurationFile, ...reader, "--json"], loadCommands);
    written.restore();
    t.equal(code, 0);
    const { agreements } = JSON.parse(String(written()[0]!.args[0]));
    const found = agreements.find(({ agreement }: { agreement: string }) => agreement === "own-open");
    t.match(found, { consumer: clients.onboarding, role: "consumer", exchanges: 1 });
  });

  t.test("a provider may ask for other terms than the consumer did", async (t) => {
    await requested(
      t,
      country,
      terms("bank-counter", services.open.id, { endpoints: [{ method: "*", path: "/**" }] }),
    );
    const less = terms("bank-counter", services.open.id, { endpoints: [{ method: "GET", path: "/**" }] });
    t.match(await changed(t, country, answering, less), { state: "requested" });
    await t.rejects(made(t, answering, "approve", "bank-counter", "--as", "provider"), {
      code: "access_denied",
    });
    await made(t, asking, "approve", "bank-counter");
    t.match(await bothSides(t, country, "bank-counter"), { state: "approved", revision: 2 });
    t.equal(await call(country), "200");
    await made(t, asking, "end", "bank-counter", "--reason", "done");
  });

  t.test("a consumer that names another revision is told the current one", async (t) => {
    const path = pathOf(services.revised, "/x");
    const answer = await country.ask({ path });
    t.match(answer.json(), { code: "agreement_mismatch", message: /benefits-revised revision 2, / });
  });
});

const minute = 60_000;
const day = 24 * 60 * minute;

function alarmsOf({ gateway }: CountryServer) {
  return gateway.health().alarms.filter(({ code }) => code === "agreement_proposed");
}

/** So much later; nobody was up meanwhile. */
async function later(country: SmallCountry, milliseconds: number): Promise<void> {
  await Promise.all([country.asking.stop(), country.answering.stop()]);
  country.clock.ahead += milliseconds;
  await country.authority.renew();
  await Promise.all([country.asking.start(), country.answering.start()]);
}

/** What an officer of the authority asks for, by a command. @returns the id of the request */
async function stop(t: Test, country: SmallCountry, officer: Officer, word: string): Promise<string> {
  const about = [word, "bank-stopped", clients.onboarding, services.open.id, "--reason", "an inspection"];
  const anchor = ["--anchor", country.authority.anchorFile];
  const text = await officerSays(t, country, officer, "agreement", ...about, ...anchor);
  await inUse(country);
  return text.slice(0, 36);
}

/** @returns what the command printed @throws Error with what it told of a refusal */
async function officerSays(
  t: Test,
  { authority, clock }: SmallCountry,
  { files }: Officer,
  word: string,
  ...args: readonly string[]
): Promise<string> {
  const command = (await loadCommand(`registration ${word}`))!;
  const who = [
    "--certificate",
    files.certificate,
    "--key",
    files.key,
    "--passphrase-file",
    files.passphraseFile,
  ];
  const [out, err] = [process.stdout, process.stderr].map((stream) => t.capture(stream, "write", () => true));
  const now = t.capture(systemClock, "now", () => clock.now());
  const code = await command.run([...args, ...who, "--authority", authority.url], loadCommands);
  for (const captured of [out!, err!, now]) captured.restore();
  if (code !== 0)
    throw new Error(
      err!()
        .map(({ args: [text] }) => text)
        .join(""),
    );
  return out!()
    .map(({ args: [text] }) => text)
    .join("");
}

function inUse({ authority, asking, answering }: SmallCountry): Promise<void> {
  const isInUse = ({ gateway }: CountryServer) =>
    gateway.health().configurationVersion === authority.health().version;
  return until(() => isInUse(asking) && isInUse(answering));
}

async function fileOf({ directory }: SmallCountry, document: object): Promise<string> {
  const file = join(directory, "terms.json");
  writeFileSync(file, JSON.stringify(document));
  return file;
}
