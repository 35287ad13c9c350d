import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistryLog } from "../../src/assembly/open-registry-log.ts";
import { Authority } from "../../src/authority/authority.ts";
import type { OpenRegistryLog } from "../../src/authority/registration/registry-log.ts";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { ClientId, ServerId } from "../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { freePort } from "../../src/dev/free-port.ts";
import { writeIdentity } from "../../src/dev/identity-files.ts";
import {
  newTrustIdentities,
  startTrustServices,
  type TrustIdentities,
  type TrustServices,
} from "../../src/dev/trust-services.ts";
import {
  newServer,
  registryOf,
  type SealEntry,
  type ServerFiles,
  writeServer,
  writeServices,
} from "./country/build.ts";
import type { LoggedMessage } from "./country/logged.ts";
import {
  answeringServer,
  askingServer,
  clients,
  type MorePlans,
  nothingMore,
  rogueServer,
  served,
} from "./country/plan.ts";
import { type Door, exchangeBytes, type RawAnswer } from "./country/raw-http.ts";
import { RecordingRegister } from "./country/register.ts";
import { CountryServer, type ServerParts } from "./country/server.ts";

/*
 * A small country in this process, for tests over real sockets: trust services, authority, a register that notes its
 * calls, two gateways, and the keys of a third server that tests play themselves. Start one for a test file:
 *
 *   const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
 *   const answer = await country.ask({ path: pathOf(services.open, "/a?b") });  // as benefits, by plain HTTP
 *   const seen = await country.watch(() => country.ask({ … }));  // {result, asking, answering, calls}: what came of it
 *
 * `country/plan.ts` has members, clients and services; `register.answer(…)` tells the register what to say;
 * `clock.ahead` moves the time of everybody; `asking.restart(observer)` starts a gateway anew on its files (which
 * `sealway serve --demonstration --config asking.configurationFile` takes too); `trust.ocsp.knobs`, `trust.tsa.knobs`
 * make trust services fail. Every record that `watch` returns was read back and its signature verified.
 * Forging: `country/forgery.ts` (messages), `country/peer.ts` (connections, and a provider that tests play).
 */

/** What a test registers for its end. */
interface Teardown {
  teardown(close: () => unknown): void;
}

export interface CountryOptions {
  /** Spread over the gateways' configuration files. */
  readonly asking?: object;
  readonly answering?: object;
  /** Services and agreements beside those of the plan. */
  readonly more?: MorePlans;
  /** Spread over the registry's parameters. */
  readonly parameters?: Partial<RegistryDocument["parameters"]>;
  /** Whether the authority takes registration requests. */
  readonly registration?: "taken";
  /** What the registry file says of all that the country has. */
  readonly registry?: (whole: RegistryDocument) => RegistryDocument;
  /** Where members can be registered by requests, too. */
  readonly registryLog?: OpenRegistryLog;
  /** Before the gateways start. */
  readonly beforeStart?: (country: SmallCountry) => Promise<void>;
  /** More seals for the registry, beside the good ones. */
  readonly moreSeals?: (ca: DevelopmentCa, now: number) => readonly SealEntry[];
}

/** A call of an information system. */
export interface Ask {
  readonly method?: string;
  /** Raw target. */
  readonly path: string;
  /** X-Road-Client; null leaves it out. */
  readonly client?: string | null;
  /** Names and values in turn, behind Host and X-Road-Client. */
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
  /** `length` when there is a body, unless told. */
  readonly framing?: "length" | "chunked";
}

/** What came of an act. */
export interface Watched<Result> {
  readonly result: Result;
  /** New records, oldest first. */
  readonly asking: readonly LoggedMessage[];
  readonly answering: readonly LoggedMessage[];
  /** Calls that reached the register, complete or not. */
  readonly calls: number;
}

/** The system's clock, moved. */
export class MovedClock implements Clock {
  /** Milliseconds. */
  ahead = 0;
  now(): number {
    return Date.now() + this.ahead;
  }
}

export class SmallCountry {
  readonly clock = new MovedClock();
  readonly directory = mkdtempSync(join(tmpdir(), "sealway-country-"));
  ca!: DevelopmentCa;
  identities!: TrustIdentities;
  trust!: TrustServices;
  authority!: Authority;
  register!: RecordingRegister;
  registry!: RegistryDocument;
  asking!: CountryServer;
  answering!: CountryServer;
  /** The keys and the place of the server that tests play. */
  rogue!: ServerParts;
  /** What the information system of `certified` shows. */
  certified!: Identity;

  /** Starts it all; everything ends with the test. */
  static async start(t: Teardown, options: CountryOptions = {}): Promise<SmallCountry> {
    const country = new SmallCountry();
    t.teardown(() => country.#close());
    await country.#startServices();
    await country.#build(options);
    await options.beforeStart?.(country);
    await Promise.all([country.asking.start(), country.answering.start()]);
    return country;
  }

  /** Calls as an information system. @param door the asking server's plain HTTP unless told */
  ask(ask: Ask, door: Door = { port: this.asking.gateway.ports.http! }): Promise<RawAnswer> {
    return exchangeBytes(door, requestBytes(ask));
  }

  /** Does something and tells what came of it. */
  async watch<Result>(act: () => Promise<Result>): Promise<Watched<Result>> {
    const { asking, answering, register } = this;
    const asked = await asking.log.count();
    const answered = await answering.log.count();
    const calls = register.begun;
    const result = await act();
    return {
      result,
      asking: await asking.log.after(asked),
      answering: await answering.log.after(answered),
      calls: register.begun - calls,
    };
  }

  async #startServices(): Promise<void> {
    const ocspPort = await freePort();
    const ocspUrl = `http://127.0.0.1:${ocspPort}/`;
    this.ca = new DevelopmentCa({ instance: "DEV", clock: this.clock, ocspUrl });
    this.identities = newTrustIdentities(this.ca);
    this.trust = await startTrustServices(this.identities, this.clock, { ca: 0, ocsp: ocspPort, tsa: 0 });
    this.register = await RecordingRegister.start();
  }

  async #build({
    asking = {},
    answering = {},
    more = nothingMore,
    parameters = {},
    moreSeals,
    registration,
    registry: change = (whole) => whole,
    registryLog,
  }: CountryOptions): Promise<void> {
    const { ca, clock, trust } = this;
    const servers = [
      await this.#newServer("asking", askingServer, served.asking),
      await this.#newServer("answering", answeringServer, served.answering),
      await this.#newServer("rogue", rogueServer, served.rogue),
    ] as const;
    const services = join(this.directory, "services");
    writeServices(services, more);
    const addresses = { ocsp: trust.ocsp.url, tsa: trust.tsa.url };
    const seals = moreSeals?.(ca, clock.now()) ?? [];
    const registry = registryOf(ca, servers, seals, addresses, services);
    this.registry = change({ ...registry, parameters: { ...registry.parameters, ...parameters } });
    const stateDir = join(this.directory, "authority");
    this.authority = await Authority.start({
      registry: this.registry,
      stateDir,
      host: "127.0.0.1",
      port: 0,
      clock,
      ...(registration && {
        registryLog: (index) => openRegistryLog({ stateDirectory: `${stateDir}-log` }, clock, index),
      }),
      ...(registryLog && { registryLog }),
    });
    const files = { ...(await this.#sharedFiles()), more };
    await writeServer(servers[0], { ...files, changes: asking });
    await writeServer(servers[1], { ...files, changes: answering });
    this.asking = new CountryServer(servers[0], clock);
    this.answering = new CountryServer(servers[1], clock);
    this.rogue = servers[2];
  }

  async #newServer(name: string, id: ServerId, of: readonly ClientId[]): Promise<ServerParts> {
    const directory = join(this.directory, name);
    const { privateKey: logKey } = generateKeyPairSync("ed25519");
    const isPlayed = id === rogueServer;
    return newServer(this.ca, {
      id,
      clients: of,
      directory,
      peerPort: await freePort(),
      ...(!isPlayed && { logKey }),
    });
  }

  async #sharedFiles(): Promise<Omit<ServerFiles, "changes" | "more">> {
    const passphrase = randomBytes(12).toString("base64url");
    const passphraseFile = join(this.directory, "passphrase");
    writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
    this.certified = this.ca.issueTls(askingServer, "Information system of certified");
    const folder = join(this.directory, "information-system");
    mkdirSync(folder);
    await writeIdentity(folder, "certified", this.certified, passphrase);
    return {
      ...{ passphrase, passphraseFile, closedPort: await freePort(), registerPort: this.register.port },
      ...{ anchorFile: this.authority.anchorFile, mirror: this.authority.url, now: this.clock.now() },
      clientCertificate: join(folder, "certified.cert.pem"),
    };
  }

  async #close(): Promise<void> {
    await Promise.all([this.asking?.stop(), this.answering?.stop()]);
    await Promise.all([this.authority?.close(), this.register?.close(), this.trust?.close()]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The path at which a service is called. @param rest raw path behind it and query */
export function pathOf({ id }: { readonly id: string }, rest = ""): string {
  return `/r1/${id}${rest}`;
}

/** A call as bytes; nothing in it is checked or escaped. */
export function requestBytes(ask: Ask): Buffer {
  const { method = "GET", path, client = clients.benefits, headers = [], body, framing = "length" } = ask;
  const lines = [`${method} ${path} HTTP/1.1`, "Host: gateway.example"];
  if (client !== null) lines.push(`X-Road-Client: ${client}`);
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body as string, "utf8");
  if (body !== undefined && framing === "length") lines.push(`Content-Length: ${bytes.length}`);
  if (framing === "chunked") lines.push("Transfer-Encoding: chunked");
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return Buffer.concat([head, framing === "chunked" ? chunked(bytes) : bytes]);
}

/** In chunks of a few bytes. */
function chunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 7) {
    const part = bytes.subarray(at, at + 7);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
