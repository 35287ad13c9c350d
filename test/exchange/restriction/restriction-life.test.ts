import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { openReader } from "../../../src/assembly/log-store.ts";
import { orderRestriction } from "../../../src/assembly/restriction-orders.ts";
import { parseHead } from "../../../src/message/head.ts";
import { openRestrictedHead } from "../../../src/messagelog/restricted-head.ts";
import { parseSearchTags } from "../../../src/messagelog/search-tags.ts";
import { command } from "../../cli/service-command.ts";
import { clients } from "../country/plan.ts";
import { records } from "../country/records.ts";
import type { CountryServer } from "../country/server.ts";
import { lookUp, newWorld, order, person, personsList, restrictedLookUp, scheme } from "./world.ts";

/* A restriction from its order to its end, over two gateways: what it hides, what it leaves, and what comes back. */

const world = await newWorld(t);
const { country } = world;
const { asking, answering, clock } = country;
const hour = 3_600_000;
const sought = join(t.testdir({}), "sought.json");
writeFileSync(sought, JSON.stringify({ subject: { scheme, value: person } }));

interface Found {
  readonly exchangeId: string;
  readonly request: { readonly sealed: { readonly time: string } | null };
}

/** What an officer finds of the person. */
async function found({ configurationFile }: CountryServer): Promise<readonly Found[]> {
  const who = ["--who", "An Auditor", "--why", "case 17"];
  const { out } = await command(
    t,
    "log",
    "search",
    "--config",
    configurationFile,
    ...who,
    "--json",
    "--sought",
    sought,
  );
  return (JSON.parse(out) as { results: readonly Found[] }).results;
}

async function ids(server: CountryServer): Promise<readonly string[]> {
  return (await found(server)).map(({ exchangeId }) => exchangeId);
}

async function restricted(queryId: string): Promise<string> {
  const answer = await country.ask(restrictedLookUp(queryId));
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.header("Sealway-Exchange-Id")!;
}

async function usages() {
  const list = await personsList(country, `/v1/usages?userCode=${person}`);
  return list as { readonly total: number; readonly entries: readonly { readonly exchange: string }[] };
}

const { id, deliveries } = await order(world);
const hidden = await restricted("hidden-1");
const letters = await country.ask(lookUp(clients.onboarding, "letters-1", "letters"));
const shown = letters.header("Sealway-Exchange-Id")!;
await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);

t.test("it hides its exchanges and no other, on both sides, also after a restart", async (t) => {
  t.strictSame(
    deliveries.map(({ failure }) => failure),
    [null],
  );
  for (const server of [asking, answering]) t.strictSame(await ids(server), [shown]);
  await answering.restart();
  const again = await restricted("hidden-2");
  t.strictSame(await ids(answering), [shown]);
  t.not(again, hidden);
});

t.test("records are tagged apart, and authority and supervisor can read their heads", async (t) => {
  for (const server of [asking, answering]) {
    const log = openReader({ stateDirectory: server.stateDirectory } as never);
    t.teardown(() => log.close());
    const keysOf = async (exchange: string) =>
      (await log.find(exchange)).flatMap(({ tags }) => parseSearchTags(tags).map(({ key }) => key));
    const [ordinary, apart] = [await keysOf(shown), await keysOf(hidden)];
    t.ok(ordinary.length > 0 && apart.length > 0);
    t.notOk(apart.some((key) => ordinary.includes(key)));
    const documents = await log.documentsOf("restricted-head");
    for (const key of [world.authorityKey, world.supervisoryKey]) {
      const heads = documents.map(({ bytes }) => openRestrictedHead(Buffer.from(bytes), key));
      const own = heads.filter(({ exchangeId }) => exchangeId === hidden);
      t.equal(own.length, 2, "of request and answer");
      const named = own.flatMap(({ head }) => parseHead(head).openings.subjects);
      t.match(named, [{ value: person }]);
    }
    t.notOk(
      documents.some(({ bytes }) => bytes.includes(hidden)),
      "an envelope does not say whose it is",
    );
  }
});

t.test("the person's list has the other uses", async (t) => {
  const { total, entries } = await usages();
  t.equal(total, 1);
  t.match(entries, [{ exchange: shown }]);
});

t.test("by its id it is not found either", async (t) => {
  const who = ["--who", "An Auditor", "--why", "case 17", "--out", join(t.testdir({}), "package.zip")];
  const { code, err } = await command(t, "evidence", hidden, "--config", answering.configurationFile, ...who);
  t.equal(code, 1);
  t.match(err, /no record of this exchange/);
});

t.test("only the authority lists it", async (t) => {
  const listed = await command(t, "restrictions", "list", "--config", asking.configurationFile);
  t.match(listed.out, `${id}  in force`);
  await t.rejects(orderRestriction(answering, { order: "restriction list" }), { code: "access_denied" });
});

t.test("a server without the authority's seal orders nothing", async (t) => {
  await t.rejects(orderRestriction(answering, { order: "restriction lift", id }), { code: "access_denied" });
  t.notOk((await ids(asking)).includes(hidden));
});

t.test("purposes that the governing authority did not mark cannot be restricted", async (t) => {
  const reference = join(t.testdir({}), "reference");
  writeFileSync(reference, "case 1-18\n");
  const review = new Date(clock.now() + 24 * hour).toISOString().slice(0, 10);
  const parties = ["--consumer", clients.onboarding, "--service", records.enforced.id];
  const law = ["--provision", "Police Act § 1", "--ground", "investigation", "--reference", reference];
  const flags = ["--config", asking.configurationFile, ...law, ...parties, "--review", review];
  const told = await command(t, "restrictions", "order", ...flags, "--purpose", "letters");
  t.equal(told.code, 1);
  t.match(told.err, /permits no restriction for this purpose/);
});

t.test("a review keeps it, and goes to the other gateway", async (t) => {
  const review = new Date(clock.now() + 90 * 24 * hour).toISOString().slice(0, 10);
  const config = ["--config", asking.configurationFile];
  const reviewed = await command(t, "restrictions", "review", id, ...config, "--review", review);
  t.match(reviewed, {
    code: 0,
    out: new RegExp(`reviewed, to be reviewed by ${review}[\\s\\S]*: delivered`),
  });
  for (const server of [asking, answering]) t.notOk((await ids(server)).includes(hidden));
});

t.test("on lifting everybody sees it, with the proof of its age", async (t) => {
  const before = clock.now();
  await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
  clock.ahead += hour;
  const lifted = await command(t, "restrictions", "lift", id, "--config", asking.configurationFile);
  t.match(lifted, { code: 0, out: /lifted[\s\S]*delivered/ });
  for (const server of [asking, answering]) {
    const entry = (await found(server)).find(({ exchangeId }) => exchangeId === hidden);
    t.ok(entry, "it is found");
    t.ok(Date.parse(entry?.request.sealed?.time ?? "") <= before + 60_000, "sealed on its day");
  }
  const { total, entries } = await usages();
  t.equal(total, 3);
  t.ok(JSON.stringify(entries).includes(hidden), "the person's list has it");
  const out = join(t.testdir({}), "package.zip");
  const who = ["--who", "The Person", "--why", "own data", "--out", out];
  const taken = await command(t, "evidence", hidden, "--config", answering.configurationFile, ...who);
  t.equal(taken.code, 0, taken.err);
  const verified = await command(t, "verify", out, "--anchor", country.authority.anchorFile);
  t.equal(verified.code, 0, verified.out + verified.err);
});
