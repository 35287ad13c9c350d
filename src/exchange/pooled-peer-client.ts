import { setTimeout as wait } from "node:timers/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { type Clock, monotonic } from "../core/clock.ts";
import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";
import type { ServerId } from "../core/ids.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";
import { isInMaintenance } from "../trust/maintenance.ts";
import { chooseAddress } from "./peer-address-health.ts";
import type { PeerAnswer, PeerClient, PeerRequest } from "./peer-client.ts";
import { judgeAnswer, type Outcome, PeerDelivery } from "./peer-delivery.ts";
import { type PeerAddress, PeerPool } from "./peer-pool.ts";
import type { TlsIdentity } from "./tls-identity.ts";

export interface PeerClientOptions {
  /** What this security server shows to others. */
  readonly identity: TlsIdentity;
  readonly clock: Clock;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** What a failed attempt means for the next; other failures are final. */
const failures: Partial<Record<ErrorCode, "not-sent" | "broken">> = {
  peer_unreachable: "not-sent",
  peer_unknown: "not-sent",
  peer_cut_off: "broken",
};

/** Keeps mutual TLS connections to the security servers of the configuration in force. */
export class PooledPeerClient implements PeerClient {
  #secureContext: SecureContext;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pools = new Map<ServerId, PeerPool>();
  readonly #retired = new Map<PeerPool, ServerId>();
  #closed = false;
  #servers: ReadonlyMap<ServerId, SecurityServer> | undefined;

  constructor({ identity, clock, random }: PeerClientOptions) {
    this.#secureContext = secureContextOf(identity);
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Takes over a new configuration: connections to servers that have vanished or of which a certificate was taken back
   * are broken off; what was on them is sent again to the server as it is named now. Where only addresses have changed,
   * calls end where they began: another node could not give an answer that this one has given.
   */
  update(servers: readonly SecurityServer[]): void {
    this.#servers = new Map(servers.map((server) => [server.id, server]));
    for (const [id, pool] of this.#pools) {
      const server = this.#servers.get(id);
      if (server !== undefined && pool.fits(server)) continue;
      this.#pools.delete(id);
      this.#retire(id, pool);
    }
    for (const [pool, id] of this.#retired) {
      const server = this.#servers.get(id);
      if (server === undefined || !pool.isTrusted(server)) pool.destroy().catch(ignore);
    }
  }

  #retire(id: ServerId, pool: PeerPool): void {
    this.#retired.set(pool, id);
    pool.retire().then(() => this.#retired.delete(pool), ignore);
  }

  /** Shows another certificate from now on: connections that showed the one before end when their calls have. */
  show(identity: TlsIdentity): void {
    this.#secureContext = secureContextOf(identity);
    const pools = [...this.#pools];
    this.#pools.clear();
    for (const [id, pool] of pools) this.#retire(id, pool);
  }

  /** How the addresses of the servers that were called have fared. */
  addresses(): { readonly server: ServerId; readonly outUntil: number }[] {
    return [...this.#pools].flatMap(([server, { addresses }]) =>
      addresses.map(({ health }) => ({ server, outUntil: health.outUntil })),
    );
  }

  async send(request: PeerRequest): Promise<PeerAnswer> {
    const delivery = new PeerDelivery(request, this.#clock);
    for (;;) {
      const milliseconds = delivery.timeLeft();
      const open = delivery.open(this.#poolOf(request.to, delivery).addresses);
      const now = this.#clock.now();
      const address = chooseAddress(this.#inService(request.to, open, now), now, this.#random);
      if (address === undefined) return delivery.giveUp();
      const outcome = await this.#attempt(address, request, milliseconds);
      if (outcome.kind === "answer") return outcome.answer;
      const pause = delivery.pauseAfter(outcome, address, this.#random());
      if (pause > 0) await wait(pause);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pools = [...this.#pools.values(), ...this.#retired.keys()];
    this.#pools.clear();
    this.#retired.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** The nodes that are not in maintenance; all of them where there is no other. @param now milliseconds */
  #inService(named: SecurityServer, open: readonly PeerAddress[], now: number): readonly PeerAddress[] {
    const server = this.#servers?.get(named.id) ?? named;
    if (server.maintenance === undefined) return open;
    const inService = open.filter((address) => !isInMaintenance(server, address, now));
    return inService.length > 0 ? inService : open;
  }

  #poolOf(named: SecurityServer, delivery: PeerDelivery): PeerPool {
    const existing = this.#pools.get(named.id);
    if (existing !== undefined) return existing;
    if (this.#closed)
      throw new SealwayError("draining", "the connections to other security servers are closed");
    const server = this.#servers === undefined ? named : this.#servers.get(named.id);
    if (server === undefined) throw delivery.removed();
    const pool = new PeerPool(server, this.#secureContext);
    this.#pools.set(named.id, pool);
    return pool;
  }

  async #attempt(address: PeerAddress, request: PeerRequest, milliseconds: number): Promise<Outcome> {
    const began = monotonic();
    try {
      const answer = await address.attempt(request, milliseconds);
      address.health.recordAnswer(monotonic() - began);
      return judgeAnswer(answer);
    } catch (error) {
      const kind = error instanceof SealwayError ? failures[error.code] : undefined;
      if (kind === undefined) {
        address.health.recordAnswer(monotonic() - began);
        throw error;
      }
      address.health.recordFailure(this.#clock.now());
      return { kind, error: error as SealwayError };
    }
  }
}

function secureContextOf({ key, certificate }: TlsIdentity): SecureContext {
  return createSecureContext({ key, cert: certificate, minVersion: "TLSv1.3" });
}

function ignore(): void {}
