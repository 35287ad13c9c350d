import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import t from "tap";
import { request } from "undici";
import { Authority } from "../../src/authority/authority.ts";
import { initAuthority } from "../../src/authority/authority-state.ts";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { newDirectory } from "../new-directory.ts";
import { ManualSchedule } from "../trust/manual-schedule.ts";
import { withSubsystem } from "../trust/published-country.ts";
import { SampleCountry } from "./sample-registry.ts";

const day = 86_400_000;

/** An authority over a registry file. */
class FromFile {
  readonly country = new SampleCountry();
  readonly directory = newDirectory();
  readonly stateDir = newDirectory();
  readonly schedule = new ManualSchedule();
  readonly path = join(this.directory, "registry.json");

  write(document: RegistryDocument): void {
    writeFileSync(this.path, JSON.stringify(document));
  }

  async start(t: { teardown(close: () => unknown): void }): Promise<Authority> {
    const { path: registry, stateDir, schedule } = this;
    const { clock } = this.country;
    const options = { registry, stateDir, host: "127.0.0.1", port: 0, clock, schedule: schedule.schedule };
    const authority = await Authority.start(options);
    t.teardown(() => authority.close());
    return authority;
  }

  get metadata(): string[] {
    return readdirSync(join(this.stateDir, "repository/metadata")).sort();
  }
}

t.test(
  "a changed registry file is published; one that is faulty is told and published when it is mended",
  async (t) => {
    const file = new FromFile();
    const good = file.country.registry();
    file.write(good);
    const authority = await file.start(t);
    await authority.reload();
    t.equal(authority.health().version, 1, "unchanged content is no new version");
    file.write(withSubsystem(good, "archive"));
    await authority.reload();
    t.equal(authority.health().version, 2);
    for (const broken of ['{"v":', JSON.stringify({ ...good, members: [] })]) {
      writeFileSync(file.path, broken);
      await authority.reload();
      t.match(authority.health(), { status: "degraded", version: 2, problem: file.path });
    }
    file.write(withSubsystem(good, "mended"));
    await authority.reload();
    t.match(authority.health(), { status: "ok", version: 3, problem: undefined });
  },
);

t.test("the file is looked at every five seconds and the timestamp signed every minute", async (t) => {
  const file = new FromFile();
  file.write(file.country.registry());
  const authority = await file.start(t);
  t.same(file.schedule.delays.sort(), [5_000, 60_000]);
  const before = authority.health().timestampMade;
  file.country.clock.time += 60_000;
  file.schedule.run(60_000);
  await authority.renew();
  t.not(authority.health().timestampMade, before);
});

t.test(
  "certificates come from PEM files and descriptions from a directory; a change of either is seen",
  async (t) => {
    const file = new FromFile();
    const { country } = file;
    const pem = (name: string, identity: typeof country.tls1) => {
      const { certificate, chain } = identity;
      writeFileSync(join(file.directory, name), writeCertificatesPem([certificate, ...chain]));
      return { pem: name };
    };
    const services = join(file.directory, "services/DEV/GOV/10000001/population");
    mkdirSync(services, { recursive: true });
    writeFileSync(join(services, "persons.json"), '{"title":"Persons"}');
    writeFileSync(join(services, ".persons.json.swp"), "x");
    const good = country.registry();
    const [server1, server2] = good.servers;
    const servers = [{ ...server1!, tlsCertificates: [pem("tls1.pem", country.tls1)] }, server2!];
    file.write({ ...good, servers, services: "services" });
    const authority = await file.start(t);
    t.equal(authority.health().version, 1);
    await authority.reload();

    pem("tls1.pem", country.ca.issueTls("DEV/GOV/10000001/ss1" as never, "Population Register"));
    await authority.reload();
    t.equal(authority.health().version, 2, "the certificate");
    await authority.reload();
    writeFileSync(join(services, "persons.json"), '{"title":"People"}');
    await authority.reload();
    t.equal(authority.health().version, 3, "the description");
    await authority.reload();
    writeFileSync(join(services, "addresses.json"), "{}");
    await authority.reload();
    t.equal(authority.health().version, 4, "another description");

    for (const [name, content, problem] of [
      ["broken.json", "{", /broken\.json: not JSON/],
      ["notes.txt", "{}", /notes\.txt: not named/],
      ["un known.json", "{}", /un known\.json: not named/],
      ["big.json", `"${"x".repeat(1024 * 1024)}"`, /big\.json: longer than 1048576 bytes/],
    ] as const) {
      writeFileSync(join(services, name), content);
      await authority.reload();
      t.match(authority.health().problem, problem);
      rmSync(join(services, name));
    }
    rmSync(join(file.directory, "tls1.pem"));
    await authority.reload();
    t.match(authority.health().problem, /registry\.json at \/servers\/0\/tlsCertificates\/0: ENOENT/);
  },
);

t.test("a description of a subsystem that nobody registered is refused", async (t) => {
  const file = new FromFile();
  const services = join(file.directory, "services/DEV/GOV/10000001/unknown");
  mkdirSync(services, { recursive: true });
  writeFileSync(join(services, "persons.json"), "{}");
  file.write({ ...file.country.registry(), services: "services" });
  await t.rejects(file.start(t), { message: /DEV\/GOV\/10000001\/unknown is not registered/ });
});

t.test("a restart publishes nothing new, and a version that was never published is not reused", async (t) => {
  const file = new FromFile();
  const good = file.country.registry();
  file.write(good);
  await (await file.start(t)).close();
  t.same(file.metadata, [
    "1.root.json",
    "1.snapshot.json",
    "1.targets.json",
    "1.timestamp.json",
    "timestamp.json",
  ]);
  // What a crash leaves that came between writing the targets and the timestamp.
  writeFileSync(join(file.stateDir, "repository/metadata/2.targets.json"), "{}");
  const again = await file.start(t);
  t.equal(again.health().version, 1);
  file.write(withSubsystem(good, "archive"));
  await again.reload();
  t.equal(again.health().version, 3);
});

t.test("snapshot and targets are signed anew before they expire", async (t) => {
  const file = new FromFile();
  file.write(file.country.registry());
  const authority = await file.start(t);
  file.country.clock.time += 14 * day;
  await authority.renew();
  t.equal(authority.health().version, 1);
  file.country.clock.time += 2 * day;
  await authority.renew();
  t.equal(authority.health().version, 2);
});

t.test("a publication that fails leaves what was published", async (t) => {
  const file = new FromFile();
  const good = file.country.registry();
  file.write(good);
  const authority = await file.start(t);
  await t.rejects(authority.publish({ ...good, instance: "TEST" }), {
    message: /TEST, but the keys are for DEV/,
  });
  await t.rejects(authority.publish({ ...good, purpose: "production" }), { message: /at \/purpose/ });
  await t.rejects(authority.publish({ ...good, members: [] }), { message: /at \/servers\/0\/owner/ });
  t.match(authority.health(), { status: "ok", version: 1 });
});

t.test("files are served with the caching that each bears, and nothing else is", async (t) => {
  const file = new FromFile();
  file.write(file.country.registry());
  const authority = await file.start(t);
  const get = async (path: string) => {
    const { statusCode, headers, body } = await request(authority.url + path);
    return { statusCode, caching: headers["cache-control"], text: await body.text() };
  };
  t.match(await get("/metadata/timestamp.json"), { statusCode: 200, caching: "no-cache" });
  t.match(await get("/metadata/1.targets.json"), { statusCode: 200, caching: /immutable/ });
  const [part] = readdirSync(join(file.stateDir, "repository/targets/configuration"));
  t.match(await get(`/targets/configuration/${part}`), { statusCode: 200, caching: /immutable/ });
  const root = join(file.stateDir, "repository/metadata/1.root.json");
  const plain = readFileSync(root);
  for (const isThere of [true, false]) {
    if (!isThere) renameSync(root, `${root}.away`);
    const packed = await request(`${authority.url}/metadata/1.root.json`, {
      headers: { "accept-encoding": "gzip" },
    });
    t.match(packed.headers, { "content-encoding": "gzip", vary: "accept-encoding" });
    t.same(gunzipSync(Buffer.from(await packed.body.arrayBuffer())), plain, "read from the disk once");
  }
  renameSync(`${root}.away`, root);
  t.match(await get("/metadata/2.root.json"), { statusCode: 404, caching: "no-store" });
  for (const path of [
    "/anchor.json",
    "/metadata/..%2f..%2fanchor.json",
    "/targets/..%2f..%2fkeys%2f1%2ftargets.pem",
    "/targets/configuration/..%2f..%2f..%2fanchor.json",
    `/targets/../../${"a".repeat(64)}.json`,
    `/targets/%2e%2e/%2e%2e/${"a".repeat(64)}.json`,
    `/targets/x%00/${"a".repeat(64)}.json`,
    "/",
  ]) {
    t.match(await get(path), { statusCode: 404, caching: "no-store" }, path);
  }
  t.match(JSON.parse((await get("/health")).text), {
    status: "ok",
    instance: "DEV",
    purpose: "demonstration",
    version: 1,
  });
  file.country.clock.time += 6 * 60_000;
  t.match(await get("/health"), { statusCode: 503, text: /"failing"/ });
});

t.test(
  "a production authority must be initialised, with a passphrase that is needed ever after",
  async (t) => {
    const country = new SampleCountry();
    const stateDir = newDirectory();
    const registry = { ...country.registry(), purpose: "production" as const };
    const { clock } = country;
    const start = async (passphrase?: string) => {
      const authority = await Authority.start({
        registry,
        stateDir,
        host: "127.0.0.1",
        port: 0,
        clock,
        passphrase,
      });
      t.teardown(() => authority.close());
      return authority;
    };
    await t.rejects(start(), { message: /run "sealway authority init"/ });
    const fresh = { stateDir, instance: "DEV", purpose: "production", clock } as const;
    await t.rejects(initAuthority(fresh), { message: /need a passphrase/ });
    await initAuthority({ ...fresh, passphrase: "correct horse" });
    await t.rejects(initAuthority({ ...fresh, passphrase: "other" }), { message: /already/ });
    await t.rejects(start("wrong"), { message: /not a key that can be used/ });
    await t.rejects(start(), { message: /not a key that can be used/ });
    t.match((await start("correct horse")).health(), { status: "ok", purpose: "production" });
  },
);
