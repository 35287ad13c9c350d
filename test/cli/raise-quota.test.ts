import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import { loadOfficer } from "../../src/assembly/load-officer.ts";
import { RaisedQuotas, type RaisedQuotasParts } from "../../src/assembly/raised-quotas.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { ServiceId } from "../../src/core/ids.ts";
import { signAct } from "../../src/message/service-act-record.ts";
import { listOfficers, makeOfficer, type Officer } from "../exchange/country/officer.ts";
import { clients, type MorePlans, type PlannedService } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { until } from "../until.ts";
import { command } from "./service-command.ts";

/* Two officers raise the quota of an agreement for a while; neither one of them alone, and nobody else. */

const hour = 3_600_000;
const planned = (code: string, perDay?: number): PlannedService => ({
  id: `${clients.population}/${code}` as ServiceId,
  contentKind: "opaque",
  endpoints: [["*", "/**"]],
  target: "register",
  ...(perDay && { described: { quota: { perDay } } }),
});
const [raised, capped] = [planned("raised"), planned("capped", 2)];
const quota = { perDay: 1, over: "block" };
const more: MorePlans = {
  services: [raised, capped],
  agreements: [
    { id: "benefits-raised", consumer: clients.benefits, service: raised.id, terms: { quota } },
    { id: "benefits-capped", consumer: clients.benefits, service: capped.id, terms: { quota } },
  ],
};
const country = await SmallCountry.start(t, { more });
const { answering } = country;
// The day must not end between two calls.
const untilMidnight = 24 * hour - (country.clock.now() % (24 * hour));
if (untilMidnight < 2 * hour) country.clock.ahead += untilMidnight;
const folder = t.testdir();

const officer = (name: string, named = name) => makeOfficer(country, answering, name, named);
const [anna, boris, carl] = [await officer("anna"), await officer("boris"), await officer("carl")];
const annaAgain = await officer("anna-again", "anna");
await listOfficers(country, answering, [anna, boris, annaAgain]);
await until(() => answering.gateway.health().configurationVersion === country.authority.health().version);

const raise = (t: Test, { files }: Officer, ...words: string[]) => {
  const { certificate, key, passphraseFile } = files;
  const who = ["--certificate", certificate, "--key", key, "--passphrase-file", passphraseFile];
  return command(t, "agreements", "raise-quota", ...words, ...who, "--config", answering.configurationFile);
};
const record = join(folder, "quota.jws");
const why = ["--reason", "The storm of last night.", "--per-day", "3", "--hours", "3"];
/** How a command that is refused ends. */
const refusal = (code: string, detail = /./) => ({
  code: /[12]/,
  err: new RegExp(`${code}[^]*${detail.source}`),
});
const statuses = async (service: PlannedService, count: number) => {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await country.ask({ path: pathOf(service, "/x") })).status);
  return all;
};

t.test("what the first officer signs alone counts for nothing", async (t) => {
  t.strictSame(await statuses(raised, 2), [200, 429]);
  t.match(await raise(t, anna, "benefits-raised", ...why, "--out", record), {
    code: 0,
    out: /^Signed once: /,
  });
  t.strictSame(await statuses(raised, 1), [429]);
});

const refused: [what: string, who: Officer, told: RegExp][] = [
  ["the same officer twice", anna, /one person signed twice/],
  ["the same officer with another certificate", annaAgain, /one person signed twice/],
  ["somebody who is no officer", carl, /who signed is no officer of this server/],
];
for (const [what, who, told] of refused) {
  t.test(`refused: ${what}`, async (t) => {
    t.match(await raise(t, who, record), refusal("access_denied", told));
    t.strictSame(await statuses(raised, 1), [429]);
  });
}

t.test("what the second one confirms counts from the next call on, and no further", async (t) => {
  t.match(await raise(t, boris, record), {
    code: 0,
    out: /^benefits-raised: 3 a day until .*: The storm of last night\.\nSigned by two officers: /,
  });
  const answers = await country.ask({ path: pathOf(raised, "/x") });
  t.strictSame(
    [answers.status, answers.header("RateLimit-Limit"), answers.header("RateLimit-Remaining")],
    [200, "3", "1"],
  );
  t.strictSame(await statuses(raised, 2), [200, 429]);
});

t.test("it outlives a restart, and ends", async (t) => {
  const limit = async () => {
    const answer = await country.ask({ path: pathOf(raised, "/x") });
    return [answer.status, answer.header("RateLimit-Limit")];
  };
  await answering.restart();
  t.strictSame(await limit(), [429, "3"]);
  country.clock.ahead += 3 * hour;
  // Another day may have begun: whether it is allowed says nothing.
  t.equal((await limit())[1], "1");
  t.match(await raise(t, boris, record), refusal("act_not_fresh"));
});

t.test("what the service grants each consumer is not raised", async (t) => {
  const file = join(folder, "capped.jws");
  country.clock.ahead -= 3 * hour;
  t.match(await raise(t, anna, "benefits-capped", ...why, "--out", file), { code: 0 });
  t.match(await raise(t, boris, file), { code: 0 });
  t.strictSame(await statuses(capped, 3), [200, 200, 429]);
});

t.test("a look at the log that began before a raise was taken does not end behind it", async (t) => {
  const time = country.clock.now();
  const payload = {
    instance: "DEV",
    server: answering.parts.id,
    reason: "The storm of last night.",
    perDay: 9,
  };
  const officers = [await loadOfficer(anna.files), await loadOfficer(boris.files)];
  const sign = async (agreement: string) => {
    const stated = { ...payload, agreement, time, until: time + hour };
    return Buffer.concat(await Promise.all(officers.map((one) => signAct(one, "raise", stated))));
  };
  const kept: { bytes: Buffer }[] = [];
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const documentsOf = async () => {
    const seen = [...kept];
    if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    return seen;
  };
  const listed = { officers: officers.map(({ certificate }) => certificate.fingerprint) };
  const trust = { configuration: { parameters: { instance: "DEV" } }, directory: { server: () => listed } };
  const raised = await RaisedQuotas.open(
    {
      ...{ clock: country.clock, self: answering.parts.id },
      log: { keep: async ({ bytes }: { bytes: Buffer }) => void kept.push({ bytes }) },
      agreements: { byId: () => [{ quota }] },
      trust: () => trust,
      openReader: () => ({ documentsOf, close: () => {} }),
    } as unknown as RaisedQuotasParts,
    "one",
  );
  t.teardown(() => raised.close());
  isHeld = true;
  const first = raised.take(await sign("one"));
  await until(() => waiting.length === 1);
  isHeld = false;
  const second = raised.take(await sign("other"));
  await until(() => kept.length === 2);
  await Promise.race([second, wait(50)]);
  for (const release of waiting) release();
  await Promise.all([first, second]);
  t.strictSame([raised.of("one").length, raised.of("other").length], [1, 1]);
});

const time = systemClock.now();
const good = {
  ...{
    instance: "DEV",
    server: answering.parts.id,
    agreement: "benefits-raised",
    reason: "The storm of last night.",
  },
  ...{ time, until: time + 3 * hour, perDay: 9 },
};
const { perDay: _, ...nothing } = good;
const bad: [what: string, payload: object, code: string][] = [
  ["longer than a day", { ...good, until: time + 24 * hour + 1 }, "malformed_statement"],
  ["without an end", { ...good, until: undefined }, "malformed_statement"],
  ["that ends before it begins", { ...good, until: time }, "malformed_statement"],
  ["of nothing", nothing, "malformed_statement"],
  ["of nought", { ...good, perDay: 0 }, "malformed_statement"],
  ["of something else, too", { ...good, over: "alert" }, "malformed_statement"],
  ["without a reason", { ...good, reason: "" }, "malformed_statement"],
  ["at another server", { ...good, server: country.asking.parts.id }, "access_denied"],
  ["in another instance", { ...good, instance: "EE" }, "access_denied"],
  ["of an agreement that there is not", { ...good, agreement: "nobodys" }, "access_denied"],
  ["of an agreement without a quota", { ...good, agreement: "benefits-open" }, "access_denied"],
];
for (const [what, payload, code] of bad) {
  t.test(`refused: a raise ${what}`, async (t) => {
    const file = join(folder, "bad.jws");
    const stated = JSON.parse(JSON.stringify(payload));
    writeFileSync(file, await signAct(await loadOfficer(anna.files), "raise", stated));
    t.match(await raise(t, boris, file), refusal(code));
  });
}

t.test("refused: a record of another kind, and one that was altered", async (t) => {
  const file = join(folder, "other.jws");
  writeFileSync(file, await signAct(await loadOfficer(anna.files), "observe", good));
  t.match(await raise(t, boris, file), refusal("malformed_statement"));
  const [header, payload, value] = (await signAct(await loadOfficer(anna.files), "raise", good))
    .toString()
    .split(".");
  const more = Buffer.from(payload!, "base64url").toString().replace('"perDay":9', '"perDay":99');
  writeFileSync(file, [header, Buffer.from(more).toString("base64url"), value].join("."));
  t.match(await raise(t, boris, file), refusal("invalid_signature"));
});
