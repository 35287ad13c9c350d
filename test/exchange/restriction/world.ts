import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { orderRetention } from "../../../src/assembly/order-retention.ts";
import { orderPermission } from "../../../src/assembly/permission-command.ts";
import { orderRestriction, type RestrictionDone } from "../../../src/assembly/restriction-orders.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { pointOf } from "../../../src/pki/hybrid-envelope.ts";
import { command } from "../../cli/service-command.ts";
import { parsePrometheusText } from "../../http/prometheus-text.ts";
import { benefitsAgency, clients, type MorePlans, populationRegister, services } from "../country/plan.ts";
import { recordPlans, records } from "../country/records.ts";
import type { CountryServer } from "../country/server.ts";
import { type Ask, type CountryOptions, pathOf, SmallCountry } from "../country.ts";
import { permissionPlans, service as permitted } from "../permissions/permission-scene.ts";

/*
 * A small country in which the benefits agency may order restrictions, and `onboarding` asks the population register for
 * two purposes: `letters`, and `means-test`, which the governing authority permits to restrict.
 */

export const person = "38001010000";
export const scheme = "urn:dev:personal-code";
const day = 24 * 60 * 60 * 1000;

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

export interface World {
  readonly country: SmallCountry;
  readonly authorityKey: KeyObject;
  readonly supervisoryKey: KeyObject;
}

export type WorldKeys = Pick<World, "authorityKey" | "supervisoryKey">;

export const newKeys = (): WorldKeys => ({ authorityKey: newKey(), supervisoryKey: newKey() });

/** What such a country is started with. @param changes more services and agreements; what is spread over the configuration of the answering server */
export function worldOptions(
  { authorityKey, supervisoryKey }: WorldKeys,
  changes: { readonly answering?: object; readonly more?: MorePlans } = {},
): CountryOptions {
  const { services: moreServices = [], agreements = [] } = changes.more ?? {};
  const http = (id: string) => ({ id, authentication: "http" });
  return {
    more: {
      ...recordPlans,
      services: [...recordPlans.services, ...permissionPlans.services, ...moreServices],
      agreements: [...recordPlans.agreements, ...permissionPlans.agreements, ...agreements],
    },
    answering: {
      clients: [populationRegister, clients.population].map(http),
      portals: [{ id: clients.inspection, scheme }],
      ...changes.answering,
    },
    parameters: {
      orderingAuthorities: [{ member: benefitsAgency, encryptionKey: pointOf(authorityKey) }],
      supervisoryKey: pointOf(supervisoryKey),
      restrictablePurposes: [
        { service: records.enforced.id, purpose: "means-test" },
        { service: permitted.id, purpose: "lending" },
      ],
    },
  };
}

/** What the register says of the person. */
export const record = {
  headers: ["Content-Type", "application/json"],
  body: JSON.stringify({ code: person, name: "Mari", address: { city: "Harbour" }, income: 1200 }),
};

/** @param changes as `worldOptions` takes them */
export async function newWorld(
  t: { teardown(close: () => unknown): void },
  changes: { readonly answering?: object; readonly more?: MorePlans } = {},
): Promise<World> {
  const keys = newKeys();
  const country = await SmallCountry.start(t, worldOptions(keys, changes));
  country.register.answer(record);
  return { country, ...keys };
}

/** Has an officer declare that the person permits `onboarding` two purposes, of which one is restricted. */
export async function permit({ country }: World): Promise<readonly string[]> {
  const { stateDirectory } = country.answering;
  const ids: string[] = [];
  for (const purpose of ["lending", "onboarding"]) {
    const asked = { service: permitted.id, purpose, person: { scheme, value: person }, days: 10, limits };
    const declared = {
      order: "permissions declare",
      consumer: clients.onboarding,
      officer: "An Officer",
    } as const;
    const { id } = await orderPermission(
      { stateDirectory },
      { ...declared, proof: null, asked, representation: null },
    );
    ids.push(id);
  }
  return ids;
}

const limits = { uses: 5, perPeriod: { uses: 3, days: 1 } };

/** A look-up for which the person's permission is used. */
export function permittedLookUp(queryId: string, purpose: "lending" | "onboarding"): Ask {
  const headers = ["Content-Type", "application/json", "X-Road-Id", queryId, "Sealway-Purpose", purpose];
  const body = JSON.stringify({ code: person });
  return { method: "POST", path: pathOf(permitted, "/find"), client: clients.onboarding, body, headers };
}

/** Orders the restriction of `means-test`, as a command does. */
export async function order(
  { country }: Pick<World, "country">,
  changes: object = {},
): Promise<RestrictionDone> {
  return orderRestriction(country.asking, {
    ...{ order: "restriction order", provision: "Criminal Procedure Act § 110", reference: "case 1-17" },
    ...{ ground: "investigation", reviewBy: country.clock.now() + 30 * day, until: null, exchanges: [] },
    ...{ consumer: clients.onboarding, service: records.enforced.id, purpose: "means-test" },
    ...changes,
  });
}

/** A look-up of the person. @param queryId each call has its own */
export function lookUp(client: string, queryId: string, purpose?: string): Ask {
  return {
    ...{ method: "POST", path: pathOf(records.enforced, "/find"), client },
    body: JSON.stringify({ code: person }),
    headers: [
      ...["Content-Type", "application/json", "X-Road-Id", queryId],
      ...(purpose === undefined ? [] : ["Sealway-Purpose", purpose]),
    ],
  };
}

export function restrictedLookUp(queryId: string): Ask {
  return lookUp(clients.onboarding, queryId, "means-test");
}

/** A dry run of the same, about the person. */
export function restrictedTrial(): Ask {
  const subject = { scheme, value: person };
  const question = {
    service: records.enforced.id,
    method: "POST",
    path: "/find",
    purpose: "means-test",
    subject,
  };
  return {
    ...{ method: "POST", path: "/decisions", client: clients.onboarding, body: JSON.stringify(question) },
    headers: ["Content-Type", "application/json"],
  };
}

/** What everybody does in both worlds, before and after the moment at which they differ. */
export const traffic = {
  before: [
    { path: pathOf(services.open, "/a"), headers: ["X-Road-Id", "open"] },
    lookUp(clients.inspection, "letters-1"),
    lookUp(clients.onboarding, "letters-2", "letters"),
  ],
  after: [
    lookUp(clients.benefits, "whole"),
    lookUp(clients.onboarding, "unknown", "nothing-of-it"),
    lookUp(clients.onboarding, "letters-3", "letters"),
  ],
} as const satisfies Readonly<Record<string, readonly Ask[]>>;

/** Everything that a gateway tells anybody, by name. */
export async function outputsOf(
  t: Test,
  { country }: World,
  permissions: readonly string[] = [],
): Promise<Readonly<Record<string, unknown>>> {
  const outputs: Record<string, unknown> = {};
  for (const [name, server] of Object.entries({ asking: country.asking, answering: country.answering })) {
    for (const [what, output] of Object.entries(await outputsOfServer(t, country, server)))
      outputs[`${name}: ${what}`] = mask(output);
  }
  const [start, end] = ["2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z"];
  const paths = {
    usages: `/v1/usages?userCode=${person}`,
    "usages by pages": `/v1/usages?userCode=${person}&limit=2`,
    findUsage: `/v2/findUsage?userCode=${person}&periodStart=${start}&periodEnd=${end}&offset=0&limit=10`,
    usagePeriod: "/v2/usagePeriod",
    heartbeat: "/v2/heartbeat",
  };
  outputs["person: permissions"] = withoutDigests(mask(await personsPermissions(country)));
  const { stateDirectory } = country.answering;
  outputs["officer: permissions"] = withoutDigests(
    mask(
      await Promise.all(
        permissions.map((permission) =>
          orderPermission({ stateDirectory }, { order: "permissions show", permission }),
        ),
      ),
    ),
  );
  for (const [what, path] of Object.entries(paths))
    outputs[`person: ${what}`] = mask(await personsList(country, path));
  return outputs;
}

/** What the person reads at a portal. @param path of `sealway.usage` */
export async function personsList(
  country: SmallCountry,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await country.ask({
    path: `/r1/${clients.population}/sealway.usage${path}`,
    client: clients.inspection,
    headers: ["X-Road-UserId", person],
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.json();
}

/** What the person reads of permissions at a portal, with their uses. */
export async function personsPermissions(country: SmallCountry): Promise<Readonly<Record<string, unknown>>> {
  const answer = await country.ask({
    ...{
      method: "POST",
      path: `/r1/${clients.population}/sealway.permission/acts`,
      client: clients.inspection,
    },
    ...{ headers: ["Content-Type", "application/json"] },
    body: JSON.stringify({ act: "list", person: { scheme, value: person } }),
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return answer.json();
}

async function outputsOfServer(t: Test, country: SmallCountry, server: CountryServer) {
  const other = server === country.asking ? country.answering : country.asking;
  const config = ["--config", server.configurationFile];
  const who = ["--who", "An Auditor", "--why", "case 17"];
  const directory = mkdtempSync(join(tmpdir(), "sealway-outputs-"));
  t.teardown(() => undefined);
  const sought = join(directory, "sought.json");
  writeFileSync(sought, JSON.stringify({ subject: { scheme, value: person } }));
  const search = async (...flags: string[]) => {
    const { code, out, err } = await command(t, "log", "search", ...config, ...who, "--json", ...flags);
    if (code !== 0) throw new Error(err);
    return JSON.parse(out) as { readonly results: readonly unknown[]; readonly cursor: string | null };
  };
  const out = join(directory, "found.jsonl");
  await command(t, "log", "export", ...config, ...who, "--out", out, "--format", "jsonl");
  const report = await command(t, "services", "use", ...config, ...who, "--json");
  const held = await orderRetention(await loadServerConfiguration(server.configurationFile), {
    ...{ order: "hold", dryRun: true, case: "17", authority: "a court", by: ["One", "Another"] },
    review: country.clock.now() + 30 * day,
    scope: { kind: "subject", scheme, value: person, period: { from: 0, to: null } },
  });
  return {
    "log hold": held.records,
    "log search": await search("--oldest"),
    "log search with the other side": await search("--beside", other.configurationFile),
    "log search for the person": await search("--sought", sought),
    "log search for a status": await search("--status", "2xx"),
    "log search for a client": await search("--consumer", clients.onboarding),
    "log search by pages": await pagesOf(search),
    "log export": readFileSync(out, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    "use report": JSON.parse(report.out),
    ...(await watchedOf(country, server)),
  };
}

/** The lengths of pages: a page that is short tells that something was left out. */
async function pagesOf(
  search: (
    ...flags: string[]
  ) => Promise<{ readonly results: readonly unknown[]; readonly cursor: string | null }>,
): Promise<number[]> {
  const lengths: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await search("--limit", "2", ...(cursor === undefined ? [] : ["--cursor", cursor]));
    lengths.push(page.results.length);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return lengths;
}

async function watchedOf(country: SmallCountry, server: CountryServer) {
  const door = { port: server.gateway.ports.http! };
  const monitoring = async (client: string, path: string) => {
    const answer = await country.ask({ path: `/monitoring/v1/${path}`, client }, door);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
    return answer.json();
  };
  const asker = server === country.asking ? clients.onboarding : populationRegister;
  // First of all: rows that wait are written for whoever reads them, and then counted.
  const rows = await monitoring(asker, "operational-data");
  const health = await fetch(`http://127.0.0.1:${server.gateway.ports.health}/health`);
  const scraped = await fetch(`http://127.0.0.1:${server.gateway.ports.health}/metrics`);
  return {
    "monitoring rows": rows,
    "monitoring statistics": await monitoring(asker, "health"),
    health: await health.json(),
    metrics: figuresOf(await scraped.text()),
    "process log": shapesOf(server.logLines),
  };
}

/**
 * What differs between any two runs, and is no trace of an exchange: the process itself, times, and how many records
 * and documents shared a transaction or a batch.
 */
const noise =
  /^sealway_(?:process|configuration|ocsp|certificate|log_commit|log_batches|log_timestamp|peer_connections|event_loop|gc|heap)|_sum$|_bucket$|^process_|^nodejs_/;

function figuresOf(text: string): string[] {
  const samples = [...parsePrometheusText(text).values()].flatMap(({ samples }) => samples);
  return samples
    .filter(({ name }) => !noise.test(name))
    .map(({ name, labels, value }) => `${name} ${JSON.stringify(labels)} ${value}`)
    .sort();
}

/** How often there was a line of which form. */
function shapesOf(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const { msg, level, code, ...fields } = JSON.parse(line);
    const shape = `${level} ${msg} ${code ?? ""} ${Object.keys(fields).sort().join(",")}`;
    counts[shape] = (counts[shape] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort());
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** Members whose values are durations, places in a log, or counts of them. */
const moving =
  /^(?:batch|certificate|.*Ms|.*Ts|.*[dD]uration.*|cursor|next|configuration.*|lag.*|.*[sS]ize)$/;
/** Milliseconds since the epoch. */
const moment = 1_500_000_000_000;

/** Texts and commitments are of ids: their digests differ with them. */
function withoutDigests(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(/"[\w-]{43}"/g, '"<digest>"'));
}

/** The same without ids, keys and times. */
function mask(value: unknown): unknown {
  const text = JSON.stringify(value, (name, member) => {
    if (moving.test(name) && member !== null) return "*";
    if (typeof member === "number" && member > moment) return "<time>";
    // The order of certificates is that of their digests.
    return name === "ocsp" && Array.isArray(member) ? member.map(({ name }) => name).sort() : member;
  });
  return JSON.parse(
    text
      .replaceAll(uuid, "<id>")
      .replaceAll(/\d{4}-\d\d-\d\d(?:T[\d:.]+Z| \d\d:\d\d)/g, "<time>")
      .replaceAll(/127\.0\.0\.1:\d+/g, "<address>"),
  );
}
