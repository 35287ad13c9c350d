import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { writeIdentity } from "../../src/dev/identity-files.ts";
import { residence } from "../catalogue/residence.ts";
import { clients, populationRegister, services } from "../exchange/country/plan.ts";
import { publishMore } from "../exchange/country/publish-more.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { until } from "../until.ts";
import { command } from "./service-command.ts";

const day = 86_400_000;
const { id } = residence;
const folder = t.testdir();
const country = await SmallCountry.start(t);
const { answering, asking, register } = country;
const common = ["--config", answering.configurationFile];

await publishMore(country, {
  descriptions: [],
  agreements: [
    { id: "residence", consumer: clients.benefits, service: id },
    { id: "residence-old", consumer: clients.inspection, service: id, serviceVersions: "1.0.0" } as never,
  ],
});
const [example] = residence.endpoints[0].responses["200"].examples;
register.answer({ headers: ["Content-Type", "application/json"], body: JSON.stringify(example) });

const service = (t: Test, ...words: string[]) => command(t, "services", ...words, ...common);

/** Writes a version of the description, and publishes it. */
async function publish(t: Test, changes: object, ...words: string[]) {
  const file = join(folder, "residence.json");
  writeFileSync(file, JSON.stringify({ ...residence, ...changes }, undefined, 2));
  return service(t, "publish", file, ...words);
}

const target = () => ["--target", `http://127.0.0.1:${register.port}/residence`];

/** Waits until the consumer's server uses the newest configuration, and asks. */
async function ask(client: string = clients.benefits) {
  const newest = country.authority.health().version;
  await until(() => asking.gateway.health().configurationVersion === newest);
  const answer = await country.ask({ path: pathOf({ id }, "/persons/38001010000"), client });
  return {
    status: answer.status,
    body: answer.body.toString(),
    header: (name: string) => answer.header(name),
  };
}

t.test("findings and refusals are told, and change nothing", async (t) => {
  const { lawfulBases: _, ...lawless } = residence;
  const file = join(folder, "lawless.json");
  writeFileSync(file, JSON.stringify(lawless, undefined, 2));
  t.match(await service(t, "publish", file), {
    code: 1,
    out: /lawless\.json:\d+: law\.provision at \/lawfulBases\n {2}No law allows the service/,
  });
  writeFileSync(file, JSON.stringify({ ...residence, timeoutMs: "soon" }));
  t.match(await service(t, "publish", file), { code: 1, out: /description\.form at \/timeoutMs/ });
  t.match(await publish(t, {}, "--target", "http://127.0.0.1:9/x"), {
    code: 1,
    err: /target_not_allowed|not among the hosts/,
  });
  t.match(await publish(t, {}, "--authority", "http://127.0.0.1:9"), {
    code: 1,
    err: /governing authority cannot be reached/,
  });
  t.match(await publish(t, { id: `${clients.benefits}/residence` }), { code: 1, err: /is not served here/ });
  t.match(await service(t, "suspend", id, "1.0.0", "--reason", "x"), {
    code: 1,
    err: /no published version 1\.0\.0/,
  });
  t.match(await service(t, "history", id), { code: 0, out: "no acts on this service are known here\n" });
  t.match(await publish(t, {}, "--dry-run", ...target()), { code: 0, out: /would take it/ });
  t.match((await ask()).body, /unknown_service/i);
});

t.test("published with its target it is called at once, and after a restart", async (t) => {
  t.match(await publish(t, {}, ...target()), { code: 0, out: /in use at this server after \d+ ms/ });
  t.match(await ask(), { status: 200, body: JSON.stringify(example) });
  await answering.restart();
  t.match(await ask(), { status: 200 });
  t.match(await publish(t, {}, "--target", `http://127.0.0.1:${register.port}/wrong`), {
    code: 1,
    out: /transition_refused/,
  });
  await ask();
  t.equal(register.calls.at(-1)!.target, "/residence/persons/38001010000", "it stays where it was");
});

t.test("what try cannot do, it says", async (t) => {
  const tried = (...words: string[]) =>
    command(t, "services", "try", id, ...words, "--config", asking.configurationFile);
  const url = `http://127.0.0.1:${asking.gateway.ports.http}/`;
  t.match(await tried("GET", "/x"), { code: 2, err: /no HTTP port.*Give --url/s });
  t.match(await tried("GET", "/x", "--url", url), {
    code: 2,
    err: /--client ID is required.*ask by plain HTTP/s,
  });
  t.match(await tried("GET", "x", "--url", url), { code: 2, err: /is no path/ });
  const client = ["--url", url, "--client", clients.benefits];
  t.match(await tried("GET", "/x", ...client, "--header", "a"), { code: 2, err: /not NAME:VALUE/ });
  t.match(await tried("GET", "/nothing", ...client), {
    code: 1,
    err: /status: \d+/,
    out: /endpoint_not_described|unknown_service/i,
  });
  const body = join(folder, "body.json");
  writeFileSync(body, "{}");
  t.match(await tried("post", "/persons/1", ...client, "--body", body, "--header", "x-road-id: 7"), {
    code: 1,
  });
});

t.test("the evidence of a call shows that the provider published the description", async (t) => {
  const exchange = (await ask()).header("Sealway-Exchange-Id")!;
  for (const server of [answering, asking]) await server.gateway.sealNow();
  const file = join(folder, "evidence.zip");
  const by = ["--who", "Tester", "--why", "publication", "--config", asking.configurationFile];
  const taken = await command(t, "evidence", exchange, ...by, "--out", file);
  t.equal(taken.code, 0, taken.err);
  const { code, out } = await command(t, "verify", file, "--json");
  t.equal(code, 0);
  const proven = JSON.parse(out).findings.filter(
    (one: { code: string }) => one.code === "publication-proven",
  );
  t.match(proven, [{ detail: `services/${id}/1.0.0.json, by ${populationRegister}` }, {}]);
});

t.test("it is moved to another place without a restart", async (t) => {
  const elsewhere = `http://127.0.0.1:${register.port}/elsewhere`;
  t.match(await service(t, "target", id, elsewhere), { code: 0, out: `${id} is called at ${elsewhere}\n` });
  t.match(await ask(), { status: 200 });
  t.equal(register.calls.at(-1)!.target, "/elsewhere/persons/38001010000");
  t.match(await service(t, "target", id, "http://127.0.0.1:9/"), { code: 1, err: /not among the hosts/ });
  t.match(await service(t, "target", services.open.id, elsewhere), {
    code: 1,
    err: /stands in the server's configuration/,
  });
  t.match(await service(t, "target", services.own.id, elsewhere), { code: 1, err: /is not served here/ });
  t.match(await service(t, "target", id, "ftp://127.0.0.1/"), { code: 1, err: /target cannot be used/ });
});

t.test("a second version is answered beside the first; a deprecated one says when it ends", async (t) => {
  t.match(await publish(t, { version: "1.1.0" }), { code: 0 });
  t.equal((await ask()).header("Sealway-Service-Version"), "1.1.0");
  const old = await ask(clients.inspection);
  t.match(old, { status: 200 });
  t.equal(old.header("Sealway-Service-Version"), "1.0.0");
  t.equal(old.header("Deprecation"), undefined);
  const soon = new Date(country.clock.now() + 30 * day).toISOString().slice(0, 10);
  t.match(await service(t, "deprecate", id, "1.0.0", "--sunset", soon), { code: 1, out: /90 days ahead/ });
  const sunset = new Date(country.clock.now() + 95 * day).toISOString().slice(0, 10);
  t.match(await service(t, "deprecate", id, "1.0.0", "--sunset", sunset), { code: 0 });
  const told = await ask(clients.inspection);
  t.match(told.header("Deprecation"), /^@\d{10}$/);
  t.equal(told.header("Sunset"), new Date(sunset).toUTCString());
  t.equal((await ask()).header("Deprecation"), undefined, "only that version");
});

t.test("a field that is withdrawn is gone from the next answer; consumers are told", async (t) => {
  register.answer({
    headers: ["Content-Type", "application/json"],
    body: JSON.stringify({ ...example, birth: "1980-01-01" }),
  });
  t.match((await ask()).body, /1980/);
  const began = performance.now();
  t.match(await service(t, "narrow", id, "1.1.0", "--field", "/birth", "--reason", "A leak."), { code: 0 });
  const answer = await ask();
  t.ok(performance.now() - began < 60_000, `after ${Math.round(performance.now() - began)} ms`);
  t.notMatch(answer.body, /1980/);
  t.equal(answer.header("Sealway-Withdrawn-Fields"), "/birth");
  t.match(answer.header("Sealway-Removed-Fields"), /\/birth/);
  const isTold = ({ code, about }: { code: string; about?: string }) =>
    code === "service_narrowed" && about === id;
  t.ok(asking.gateway.health().alarms.some(isTold));
  t.ok(asking.logLines.some((line) => /withdrawn fields/.test(line)));
});

t.test("suspended: callers get the reason; resumed: answers", async (t) => {
  t.match(await service(t, "suspend", id, "1.0.0", "--reason", "Wrong addresses."), { code: 0 });
  const refused = await ask(clients.inspection);
  t.match(refused.body, /Wrong addresses\./);
  t.match(refused.header("X-Road-Error"), /./);
  t.match(await ask(), { status: 200 }, "the other version answers");
  t.match(await service(t, "resume", id, "1.0.0", "--reason", "Mended."), { code: 0 });
  t.match(await ask(clients.inspection), { status: 200 });
});

t.test("a version is not archived while an agreement would be left without one", async (t) => {
  await service(t, "suspend", id, "1.0.0", "--reason", "It ends.");
  t.match(await service(t, "archive", id, "1.0.0"), { code: 1, out: /1 agreements on it are in force/ });
  const file = join(answering.parts.directory, "agreements", "residence-old.json");
  const agreement = JSON.parse(readFileSync(file, "utf8"));
  const from = new Date(Date.parse(agreement.validity.to) - 1_000).toISOString();
  writeFileSync(file, JSON.stringify({ ...agreement, validity: { ...agreement.validity, from } }));
  await answering.restart();
  t.match(
    await service(t, "archive", id, "1.0.0"),
    { code: 1, out: /1 agreements/ },
    "nor one that will be in force",
  );
  rmSync(file);
  await answering.restart();
  t.match(await service(t, "archive", id, "1.0.0"), { code: 0 });
  t.equal((await ask(clients.inspection)).status !== 200, true);
});

t.test("observed by two officers, and by no one alone", async (t) => {
  const { ca, registry } = country;
  const passphrase = join(folder, "officer.txt");
  writeFileSync(passphrase, "an officer's passphrase\n", { mode: 0o600 });
  mkdirSync(join(folder, "officers"));
  const officers = [1, 2].map((n) => ca.issueSeal(populationRegister, `Officer ${n}`));
  for (const [i, officer] of officers.entries())
    await writeIdentity(join(folder, "officers"), `o${i}`, officer, "an officer's passphrase");
  const listed = officers.map(({ certificate }) => ({ der: certificate.der.toString("base64") }));
  const servers = registry.servers.map((server) =>
    server.id === answering.parts.id ? { ...server, officers: listed } : server,
  );
  await country.authority.publish({ ...registry, servers });
  t.match(await publish(t, { version: "1.2.0", validation: "enforce" }), { code: 0 });
  const out = join(folder, "observe.jws");
  const by = (n: number) => [
    ...[
      "--certificate",
      join(folder, `officers/o${n}.cert.pem`),
      "--key",
      join(folder, `officers/o${n}.key.pem`),
    ],
    ...["--passphrase-file", passphrase],
  ];
  t.match(
    await service(
      t,
      "observe",
      id,
      "1.2.0",
      ...by(0),
      "--reason",
      "Too strict.",
      "--hours",
      "72",
      "--out",
      out,
    ),
    { code: 0 },
  );
  t.match(await service(t, "observe", out, ...by(0)), { code: 1, out: /one person signed twice/ });
  t.match(await service(t, "observe", out, ...by(1)), {
    code: 0,
    out: /is observed until .*: Too strict\.\n/,
  });
  const { out: told } = await service(t, "history", id);
  t.match(told, /observe {3}1\.2\.0 \S+: Too strict\./);
  t.match(told, /^1\.2\.0 is published; observed until /m);
  t.match(told, /^1\.0\.0 is archived/m);
  t.match(told, /^1\.1\.0 is published; withdrawn \/birth$/m);
  const { out: json } = await service(t, "history", id, "--json");
  t.equal(JSON.parse(json).acts.length, 10);
  t.ok(readFileSync(out).length > 0);
});
