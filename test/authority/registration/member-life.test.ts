import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Test } from "tap";
import { checkRegistryLog } from "../../../src/assembly/check-registry-log.ts";
import { type OpenedRegistryLog, openRegistryLog } from "../../../src/assembly/open-registry-log.ts";
import {
  decideRegistrationRequest,
  makeRegistrationRequest,
  sendRegistrationRequest,
} from "../../../src/assembly/registration.ts";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import type { MemberId } from "../../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../../src/dev/ca.ts";
import { writeIdentity } from "../../../src/dev/identity-files.ts";
import type { Change } from "../../../src/message/registration/registration-change.ts";
import { Connection } from "../../../src/store/postgres/database.ts";
import { ConfigurationClient } from "../../../src/trust/configuration-client.ts";
import { successorsOf } from "../../../src/trust/successors.ts";
import { command } from "../../cli/service-command.ts";
import { askingServer, bank, benefitsAgency, clients, services } from "../../exchange/country/plan.ts";
import { MovedClock, pathOf, SmallCountry } from "../../exchange/country.ts";
import { newDirectory } from "../../new-directory.ts";
import type { NewStore } from "../../store/scene-store.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { until } from "../../until.ts";
import { der } from "../sample-registry.ts";
import { signerOf } from "../services/publishing-scene.ts";

/* The whole life of a member, over the real interfaces: a bank that a server of another member serves. */

const { onboarding } = clients;
const attribute = "supervised-bank";
/** The provider grants it to those whom the authority certifies. */
const agreement = {
  ...{ id: "bank", consumer: onboarding, service: services.open.id },
  terms: { conditions: [{ kind: "certified", attribute }] },
};
const day = 86_400_000;

class Life {
  readonly ca = new DevelopmentCa({
    instance: "DEV",
    clock: new MovedClock(),
    ocspUrl: "http://127.0.0.1:9/",
  });
  readonly officers = [1, 2].map((n) => this.ca.issueSeal("DEV/GOV/1" as MemberId, `Officer ${n}`));
  readonly place: { readonly stateDirectory: string; readonly postgresql?: never };
  log!: OpenedRegistryLog;
  country!: SmallCountry;

  constructor(place: Life["place"]) {
    this.place = place;
  }

  /** The country as it is before the bank is there. */
  async start(t: Test): Promise<void> {
    this.country = await SmallCountry.start(t, {
      more: { services: [], agreements: [agreement] },
      asking: { errors: { statuses: "plain" } },
      registryLog: async (index) => {
        this.log = await openRegistryLog(this.place, this.country?.clock ?? new MovedClock(), index);
        return this.log;
      },
      registry: (whole) => ({
        ...whole,
        members: whole.members.filter(({ id }) => id !== bank),
        seals: whole.seals.filter(({ member }) => member !== bank),
        servers: whole.servers.map((server) => ({
          ...server,
          clients: server.clients.filter((client) => !client.startsWith(bank)),
        })),
        registration: { officers: this.officers.map(der) },
      }),
      beforeStart: async (country) => {
        this.country = country;
        await this.#join(t);
      },
    });
  }

  seal(member: MemberId): Identity {
    return this.country.asking.parts.seals.get(member)!;
  }

  async send(changes: readonly Change[], ...by: readonly Identity[]) {
    const { authority, clock } = this.country;
    const request = makeRegistrationRequest(authority.anchor, changes, clock);
    const answer = await sendRegistrationRequest([authority.url], request, by.map(signerOf));
    if (answer.kind === "refused") throw new Error(`${answer.code}: ${answer.detail}`);
    return answer.taken;
  }

  async approve({ request, sha256 }: Awaited<ReturnType<Life["send"]>>, officer: Identity) {
    const { authority, clock } = this.country;
    const stated = { instance: "DEV", time: clock.now(), request: request.id, sha256 };
    return decideRegistrationRequest([authority.url], signerOf(officer), { ...stated, decision: "approve" });
  }

  /** A command of an officer of the authority. @returns what it prints */
  async command(t: Test, officer: 0 | 1, ...words: readonly string[]): Promise<string> {
    const { anchorFile, url } = this.country.authority;
    const folder = join(this.place.stateDirectory, "officers");
    const name = `officer-${officer}`;
    const passphraseFile = join(folder, "passphrase");
    if (!existsSync(join(folder, `${name}.key.pem`))) {
      await writeIdentity(folder, name, this.officers[officer]!, "their words");
      await writeFile(passphraseFile, "their words\n", { mode: 0o600 });
    }
    const file = (kind: string) => join(folder, `${name}.${kind}.pem`);
    const flags = ["--authority", url, "--certificate", file("cert"), "--key", file("key")];
    const anchor = words[0] === "approve" || words[0] === "decline" ? [] : ["--anchor", anchorFile];
    const all = [...words, ...flags, ...anchor, "--passphrase-file", passphraseFile];
    const { code, out, err } = await command(t, "registration", ...all);
    if (code !== 0) throw new Error(err);
    return out;
  }

  /** A command of a member that asks, or signs what another asks. @returns what it prints */
  async ask(t: Test, what: string, member: MemberId): Promise<string> {
    const { asking, authority, directory } = this.country;
    const file = (kind: string) => join(asking.parts.directory, `${sealName(member)}.${kind}.pem`);
    const flags = ["--authority", authority.url, "--anchor", authority.anchorFile];
    const keys = ["--sign-with", `${file("cert")},${file("key")}`];
    const passphrase = ["--passphrase-file", join(directory, "passphrase")];
    const words = ["registration", "request", what, ...flags, ...keys, ...passphrase];
    const { code, out, err } = await command(t, ...words);
    if (code !== 0) throw new Error(err);
    return out;
  }

  async call(): Promise<number> {
    return (await this.country.ask({ path: pathOf(services.open, "/x"), client: onboarding })).status;
  }

  /** Until the gateways know it. */
  async comesTo(status: number): Promise<void> {
    await until(async () => (await this.call()) === status);
  }

  async #join(t: Test): Promise<void> {
    const seal = this.seal(bank);
    const asked = await this.send(
      [
        { kind: "member-add", member: bank, name: "Bank" },
        { kind: "seal-add", member: bank, certificate: der(seal).der, servers: [askingServer] },
        { kind: "subsystem-add", subsystem: onboarding, name: "Onboarding" },
        { kind: "client-add", client: bank as never, server: askingServer },
        { kind: "client-add", client: onboarding, server: askingServer },
      ],
      seal,
    );
    t.match(asked, { state: "saved", persons: 2 }, "the server's owner has not signed");
    t.match(await this.ask(t, asked.request.id, benefitsAgency), / requested,/);
    t.match(await this.approve(asked, this.officers[0]!), { taken: { state: "requested", approved: 1 } });
    t.match(await this.approve(asked, this.officers[1]!), { taken: { state: "approved" } });
  }
}

async function lives(t: Test, newStore: NewStore): Promise<void> {
  const stateDirectory = newDirectory();
  const { postgresql } = await newStore(stateDirectory);
  const life = new Life({ stateDirectory, ...(postgresql && { postgresql: postgresql as never }) });
  await life.start(t);
  const { country } = life;
  country.register.answer({ status: 200 });
  t.equal(await life.call(), 403, "registered, and not certified yet");
  const end = new Date(country.clock.now() + 365 * day).toISOString();
  const asked = await life.command(t, 0, "certify", bank, attribute, "--until", end.slice(0, 10));
  t.match(asked, /requested(?:.|\n)*approved by 1 of 2 officers(?:.|\n)*attribute-certify: attribute/);
  const [id = ""] = asked.split(" ");
  t.match(await life.command(t, 1, "list"), id);
  await t.rejects(life.command(t, 0, "approve", id), /access_denied/);
  t.match(await life.command(t, 1, "approve", id), /approved by 2 of 2/);
  await life.comesTo(200);

  const next = country.ca.issueSeal(bank, "Bank");
  const old = life.seal(bank);
  await life.send(
    [{ kind: "seal-add", member: bank, certificate: der(next).der, servers: [askingServer] }],
    old,
    next,
  );
  await useSeal(country, next);
  await life.comesTo(200);
  const ends = join(stateDirectory, "changes.json");
  const { fingerprint } = old.certificate;
  await writeFile(ends, JSON.stringify([{ kind: "seal-end", member: bank, fingerprint }]));
  t.match(await life.ask(t, ends, bank), / approved,.*\n {2}approved by rule: seal-end/);
  const [record] = (await country.watch(() => life.call())).asking;
  t.equal(record?.record.certificate.sha256, next.certificate.fingerprint, "rotated");

  t.match(await life.command(t, 0, "suspend", bank, "--reason", "a breach"), / approved,/);
  await until(async () => (await life.call()) >= 400);
  t.pass("suspended");
  t.match(await life.command(t, 1, "resume", bank, "--reason", "mended"), / approved,/);
  await life.comesTo(200);
  t.pass("back");

  const [last = ""] = (await life.command(t, 1, "remove", bank, "--reason", "dissolved")).split(" ");
  t.match(await life.command(t, 0, "approve", last), / approved,/);
  await until(async () => (await life.call()) >= 400);
  t.pass("removed");
  const merger = ["succession", bank, "--became", "merged", "--date", "2027-01-01"];
  const into = ["--to", `${benefitsAgency} its accounts`, "--act", "Banks (Mergers) Act 2026 §1"];
  const told = await life.command(t, 0, ...merger, ...into);
  t.match(
    told,
    /1 of 2 officers\n.*act Banks \(Mergers\) Act 2026 §1, became merged, .*"share":"its accounts"/,
  );
  t.match(await life.command(t, 1, "approve", told.split(" ")[0]!), / approved,/);
  await t.rejects(life.command(t, 0, ...merger, ...into), /transition_refused/, "recorded once");
  await t.rejects(
    life.send([{ kind: "member-add", member: bank, name: "Bank" }], next),
    /certificate_unknown/,
  );

  t.ok(await life.log.sealNow(), "time-stamped");
  const { anchor, url } = country.authority;
  const fetching = { anchor, mirrors: [url], directory: newDirectory(), clock: country.clock };
  const client = await ConfigurationClient.start(fetching);
  const index = client.current();
  await client.close();
  const from = Date.UTC(2027, 0, 1);
  t.match(successorsOf(index.content.successions, bank, from), [
    { member: benefitsAgency, shares: ["its accounts"], through: [{ kind: "merged", date: from }] },
  ]);
  const result = await checkRegistryLog(life.place, index, country.clock);
  t.strictSame(result.damages, []);
  t.ok(result.batches > 0);
}

/** As the country names its files. */
function sealName(member: MemberId): string {
  return `seal-${member.split("/").at(-1)}`;
}

/** The gateway signs for the bank with another seal from now on. */
async function useSeal(country: SmallCountry, seal: Identity): Promise<void> {
  const { directory, seals } = country.asking.parts;
  (seals as Map<MemberId, Identity>).set(bank, seal);
  const passphrase = (await readFile(join(country.directory, "passphrase"), "utf8")).trim();
  await rm(join(directory, `${sealName(bank)}.key.pem`));
  await writeIdentity(directory, sealName(bank), seal, passphrase);
  await country.asking.restart();
}

const test = await testOnStores();
test("the life of a member: registered, certified, exchanging, rotated, suspended, back, removed", lives);

test("a second authority process is kept from the log of the registry", async (t, newStore) => {
  const stateDirectory = newDirectory();
  const { postgresql } = await newStore(stateDirectory);
  const here = { stateDirectory, ...(postgresql && { postgresql: postgresql as never }) };
  const there = postgresql === undefined ? here : { ...here, stateDirectory: newDirectory() };
  const clock = new MovedClock();
  const open = (where: typeof here) => openRegistryLog(where, clock, () => undefined);
  const document = (text: string) => {
    const bytes = Buffer.from(text);
    return { kind: "registration", sha256: sha256Base64Url(bytes), bytes } as const;
  };
  const first = await open(here);
  await t.rejects(open(there), { code: "log_unavailable" });
  await first.keep(document("1"));
  if (postgresql !== undefined) {
    const other = await Connection.open({ place: postgresql, name: "a test", patience: 5_000 });
    await other.query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'sealway sole writer'",
    );
    const second = await open(there);
    await t.rejects(first.keep(document("2")), { code: "log_unavailable" }, "who has lost it writes no more");
    await second.close();
    await other.end();
    await t.rejects(first.keep(document("2")), { code: "log_unavailable" }, "not before it has read anew");
  }
  await first.keep(document("2"));
  t.equal((await first.documentsOf("registration")).length, 2);
  await first.close();
  const second = await open(there);
  await second.close();
});
