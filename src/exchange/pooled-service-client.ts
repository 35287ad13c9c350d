import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Pool } from "undici";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { ClientId } from "../core/ids.ts";
import type { HeaderLine } from "../message/head.ts";
import type { Body } from "./body.ts";
import { freeBuffer } from "./free-buffer.ts";
import { type CallWords, OutgoingCall } from "./outgoing-call.ts";
import type { ServiceAnswer, ServiceCall, ServiceClient } from "./service-client.ts";
import { type Lookup, type ServiceAccess, servicePool } from "./service-pool.ts";
import { type AllowedHosts, TargetPolicy } from "./target-policy.ts";
import type { TlsIdentity } from "./tls-identity.ts";

/** How one subsystem's information systems are reached, as the server's owner configures it. */
export interface ServiceConnection extends AllowedHosts {
  /** PEM certificates of CAs or of the services themselves; without them node's own list of CAs counts. */
  readonly trustedCertificates?: string | Buffer;
  readonly clientIdentity?: TlsIdentity;
}

export interface ServiceClientOptions {
  readonly connections: readonly ServiceConnection[];
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: readonly string[];
  /** `dns.lookup`. */
  readonly lookup: Lookup;
  readonly clock: Clock;
}

const words: CallWords = {
  who: "the provider's information system",
  unreachable: "service_unreachable",
  late: "service_timeout",
  cutOff: "service_cut_off",
  invalid: "invalid_response",
};

/** Calls information systems over connections that belong to one subsystem each. */
export class PooledServiceClient implements ServiceClient {
  readonly policy: TargetPolicy;
  readonly #clock: Clock;
  readonly #accesses = new Map<ClientId, ServiceAccess>();
  readonly #pools = new Map<string, Pool>();

  constructor({ connections, ownAddresses, lookup, clock }: ServiceClientOptions) {
    this.policy = new TargetPolicy(connections, ownAddresses);
    this.#clock = clock;
    for (const connection of connections) {
      this.#accesses.set(connection.subsystem, accessOf(connection, this.policy, lookup));
    }
  }

  async call({
    subsystem,
    target,
    method,
    pathAndQuery,
    headers,
    body,
    deadline,
  }: ServiceCall): Promise<ServiceAnswer> {
    const milliseconds = deadline - this.#clock.now();
    if (milliseconds <= 0) throw new SealwayError("deadline_exceeded", "no time is left to call the service");
    this.policy.checkTarget(subsystem, target);
    const pool = this.#poolOf(subsystem, target);
    const flat: string[] = [];
    for (const [name, value] of headers) flat.push(name, value);
    if (body !== null && body.bytes === undefined) flat.push("Content-Length", String(body.length));
    const call = new OutgoingCall(words, milliseconds);
    const path = joinPath(target.pathname, pathAndQuery);
    // Without `reset: false` undici gives the connection up after HEAD and after bodies of GET and DELETE.
    pool.dispatch({ path, method, headers: flat, body: sendable(body), reset: false }, call);
    const answer = await call.answered;
    return { ...answer, headers: linesOf(answer.rawHeaders) };
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolOf(subsystem: ClientId, target: URL): Pool {
    const name = `${subsystem} ${target.origin}`;
    const existing = this.#pools.get(name);
    if (existing !== undefined) return existing;
    const access = this.#accesses.get(subsystem);
    if (access === undefined) {
      throw new SealwayError("target_not_allowed", "the server's owner listed no host for the subsystem");
    }
    const pool = servicePool(access, target);
    this.#pools.set(name, pool);
    return pool;
  }
}

function accessOf(connection: ServiceConnection, policy: TargetPolicy, lookup: Lookup): ServiceAccess {
  const { subsystem, trustedCertificates, clientIdentity } = connection;
  const secureContext = createSecureContext({
    ...(trustedCertificates !== undefined && { ca: trustedCertificates, allowPartialTrustChain: true }),
    ...(clientIdentity !== undefined && { key: clientIdentity.key, cert: clientIdentity.certificate }),
    minVersion: "TLSv1.2",
  });
  return { subsystem, policy, secureContext, pinned: certificatesOf(trustedCertificates), lookup };
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesOf(pem: string | Buffer | undefined): Buffer[] {
  const texts = pem?.toString("latin1").match(pemCertificate) ?? [];
  return texts.map((text) => new X509Certificate(text).raw);
}

function sendable(body: Body | null): Buffer | null {
  if (body === null || body.bytes !== undefined) return body?.bytes ?? null;
  // undici takes iterables, which its types do not name.
  return freedLater(body.blocks()) as never;
}

/** How many blocks stay untouched behind the one that is being sent. */
const blocksKept = 4;

/**
 * Gives the memory of blocks back some blocks after they were sent: undici asks for the next one when the socket has
 * drained, but does not say so of the last ones, which are left to the collector.
 */
async function* freedLater(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const sent: Buffer[] = [];
  for await (const block of blocks) {
    yield block;
    sent.push(block);
    if (sent.length > blocksKept) freeBuffer(sent.shift() as Buffer);
  }
}

/** One slash where both sides have it; everything else stays as it is. */
function joinPath(base: string, pathAndQuery: string): string {
  return base.endsWith("/") && pathAndQuery.startsWith("/")
    ? base + pathAndQuery.slice(1)
    : base + pathAndQuery;
}

function linesOf(rawHeaders: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    lines.push([rawHeaders[i] as string, rawHeaders[i + 1] as string]);
  }
  return lines;
}
