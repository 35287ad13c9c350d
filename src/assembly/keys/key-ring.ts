import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import { InTurn } from "../../core/in-turn.ts";
import { checkSeal } from "../../exchange/check-seal.ts";
import type { MemberSeal } from "../../exchange/gateway-services.ts";
import type { CertificateJudge } from "../../message/verify-message.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import { checkValidity } from "../../pki/chain.ts";
import type { OcspStapler } from "../../pki/ocsp-stapler.ts";
import type { ConfigurationClient } from "../../trust/configuration-client.ts";
import { loadTls, ownHttpsExpiries } from "../load-parts.ts";
import { makeSeal } from "../member-seals.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { TrustInUse } from "../trust-in-use.ts";
import {
  configuredKey,
  type KeyChoice,
  type KeyStanding,
  pickKey,
  readChoice,
  type Slot,
  writeChoice,
} from "./key-choice.ts";
import { idOf, type KeyWithCertificate, keysWithCertificates, openSigner, slotOf } from "./keys-in-use.ts";
import type { CertificateRenewals, RenewalFailure } from "./renewals.ts";
import { startRenewals } from "./start-renewals.ts";
import { checkNotSuspended, readSuspended, type SuspendedKeys, suspendedSeal } from "./suspended-keys.ts";

/** What this server shows on TLS connections: PEM. */
export interface ShownTls {
  readonly key: string;
  readonly cert: string;
  /** Of its certificate, milliseconds. */
  readonly notAfter: number;
}

export interface KeyRingParts {
  readonly configuration: ServerConfiguration;
  readonly passphrase: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: Pick<ConfigurationClient, "subscribe">;
  readonly trust: TrustInUse;
  readonly stapler: OcspStapler;
  readonly judge: CertificateJudge;
  /** The seals that the configuration names; what is used instead of one takes its place. */
  readonly seals: Map<MemberId, MemberSeal>;
}

/** A key that is opened, and what puts it to use. */
interface OpenKey {
  readonly name: string;
  readonly slot: Slot;
  readonly key: KeyWithCertificate;
  /** @throws SealwayError when others would not take it now */
  check(): void;
  use(): void;
}

/** Between looks at the keys when nothing happens, milliseconds. */
const reviewInterval = 15_000;

/**
 * Every key that this server holds with a certificate, and which of them signs and shows itself now. Exchanges that began
 * with another key end with it: a key that is not used any more stays open, and its OCSP response fresh.
 */
export class KeyRing {
  readonly #parts: KeyRingParts;
  readonly #open = new Map<string, OpenKey>();
  readonly #listeners: ((tls: ShownTls) => void)[] = [];
  readonly #ends: readonly (() => void)[];
  readonly #configured: ReadonlyMap<MemberId, MemberSeal>;
  #httpsExpiries: readonly number[] = [];
  #renewals: CertificateRenewals | undefined;
  #choice!: KeyChoice;
  #suspended: SuspendedKeys = {};
  #tls: ShownTls | undefined;
  readonly #turns = new InTurn();

  private constructor(parts: KeyRingParts) {
    this.#parts = parts;
    this.#configured = new Map(parts.seals);
    const timer = setInterval(() => this.#reviewOrTell(), reviewInterval).unref();
    const unsubscribe = parts.client.subscribe(({ kind }) => {
      if (kind === "version") this.#reviewOrTell();
    });
    this.#ends = [unsubscribe, () => clearInterval(timer)];
  }

  /** @throws SealwayError `signer_unavailable` when a key cannot be opened, or the server has no TLS certificate */
  static async open(parts: KeyRingParts): Promise<KeyRing> {
    const ring = new KeyRing(parts);
    try {
      ring.#httpsExpiries = await ownHttpsExpiries(parts.configuration);
      await ring.review();
      if (ring.#tls === undefined)
        throw new SealwayError("signer_unavailable", "the server has no TLS certificate: import one");
      ring.#renewals = startRenewals(parts);
      return ring;
    } catch (error) {
      await ring.close();
      throw error;
    }
  }

  get tls(): ShownTls {
    return this.#tls!;
  }

  /** When the TLS certificates that this server shows end, milliseconds. */
  tlsExpiries(): readonly number[] {
    return [this.tls.notAfter, ...this.#httpsExpiries];
  }

  /** Certificates that cannot be renewed. */
  renewalFailures(): readonly RenewalFailure[] {
    return this.#renewals?.failures() ?? [];
  }

  /** @param listener told when other keys are shown from now on */
  onTls(listener: (tls: ShownTls) => void): void {
    this.#listeners.push(listener);
  }

  /** Looks at the folder and at the configuration in force, and uses what is to be used now. One look at a time. */
  review(): Promise<void> {
    return this.#turns.do(() => this.#review());
  }

  /** Has a key used from now on. @throws SealwayError `bad_request` naming why it cannot be */
  choose(name: string, slot?: Slot): Promise<{ readonly slot: Slot; readonly standing: KeyStanding }> {
    // A look that began before would write what it has read over what is chosen.
    return this.#turns.do(() => this.#choose(name, slot));
  }

  async #choose(name: string, slot?: Slot): Promise<{ readonly slot: Slot; readonly standing: KeyStanding }> {
    await this.#review();
    const found = [...this.#open.values()].filter(
      (one) => one.name === name && (slot === undefined || one.slot === slot),
    );
    const key = found.at(-1); // The latest certificate of a key that has several.
    const count = key === undefined ? "no" : "more than one";
    if (key === undefined || found.some((one) => one.slot !== key.slot))
      throw new SealwayError("bad_request", `there is ${count} key ${name} with a certificate`);
    const { problem } = this.#standingOf(key);
    if (problem !== undefined) throw new SealwayError("bad_request", `${name} cannot be used: ${problem}`);
    const { keysDirectory } = this.#parts.configuration;
    const choice = await readChoice(keysDirectory);
    await writeChoice(keysDirectory, { ...choice, chosen: { ...choice.chosen, [key.slot]: name } });
    await this.#review();
    return { slot: key.slot, standing: this.#standingOf(key) };
  }

  standings(): KeyStanding[] {
    return [...this.#open.values()].map((key) => this.#standingOf(key));
  }

  /** Ends the looking. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#renewals?.close();
    await this.#turns.idle();
  }

  #reviewOrTell(): void {
    this.review().catch((err) => this.#parts.logger.error({ err }, "the keys cannot be looked at"));
  }

  async #review(): Promise<void> {
    const { configuration, clock } = this.#parts;
    const choice = await readChoice(configuration.keysDirectory);
    this.#suspended = await readSuspended(configuration.keysDirectory);
    const keys = await keysWithCertificates(configuration);
    await Promise.all(keys.map((key) => this.#openOnce(key)));
    const held = new Set(keys.map(idOf));
    // A certificate that another one of its key took the place of is used until that one is, and no longer.
    for (const [id, { slot, key }] of this.#open)
      if (!held.has(id) && this.#usedFingerprint(slot) !== key.certificate.fingerprint) this.#open.delete(id);
    const now = clock.now();
    const listedSince: Record<string, number> = {};
    for (const { key } of this.#open.values()) {
      const { fingerprint } = key.certificate;
      if (this.#isListed(key)) listedSince[fingerprint] = choice.listedSince[fingerprint] ?? now;
    }
    this.#choice = { ...choice, listedSince };
    const used: Record<Slot, string> = { ...choice.used };
    for (const [slot, candidates] of Map.groupBy(this.#open.values(), (key) => key.slot)) {
      used[slot] = this.#use(slot, candidates, choice.used[slot]);
    }
    this.#silenceSuspended();
    const after = { chosen: choice.chosen, used, listedSince };
    if (JSON.stringify(after) !== JSON.stringify(choice)) await this.#keep(after);
    this.#choice = after;
  }

  /** A member whose only key is suspended seals nothing. */
  #silenceSuspended(): void {
    const { seals } = this.#parts;
    for (const [member, seal] of seals)
      if (this.#suspended[seal.signer.certificate.fingerprint] !== undefined)
        seals.set(member, suspendedSeal(seal));
  }

  /** Nothing is written for a server that has no folder of keys and needs none. */
  async #keep(choice: KeyChoice): Promise<void> {
    const hasOwn = [...this.#open.values()].some(({ name }) => name !== configuredKey);
    if (hasOwn) await writeChoice(this.#parts.configuration.keysDirectory, choice);
  }

  /** @returns the name of the key that is used now */
  #use(slot: Slot, keys: readonly OpenKey[], usedBefore: string | undefined): string {
    const now = this.#parts.clock.now();
    const candidates = keys.map((key) => ({ ...this.#standingOf(key), key }));
    const picked = pickKey(candidates, { chosen: this.#choice.chosen[slot], used: usedBefore, now })!;
    if (picked.isUsed) return picked.name;
    picked.key.use();
    this.#parts.logger.info(
      { slot, key: picked.name, expires: new Date(picked.notAfter).toISOString() },
      "a key is used",
    );
    return picked.name;
  }

  #standingOf({ name, slot, key, check }: OpenKey): KeyStanding {
    const { fingerprint, notAfter } = key.certificate;
    const listedSince = this.#choice.listedSince[fingerprint];
    const isUsed = this.#usedFingerprint(slot) === fingerprint;
    let problem: string | undefined;
    try {
      checkNotSuspended(this.#suspended, fingerprint);
      check();
    } catch (error) {
      problem = asSealwayError(error).detail;
    }
    return { name, slot, fingerprint, notAfter, listedSince, problem, isUsed };
  }

  #shown: string | undefined;

  #usedFingerprint(slot: Slot): string | undefined {
    if (slot === slotOf()) return this.#shown;
    const member = slot.slice(slotOf("").length) as MemberId;
    return this.#parts.seals.get(member)?.signer.certificate.fingerprint;
  }

  #isListed({ slot, certificate }: KeyWithCertificate): boolean {
    const index = this.#parts.trust.index();
    const { server } = this.#parts.configuration;
    if (slot === slotOf()) return index.serverByTlsCertificate(certificate.fingerprint)?.id === server;
    return index.seal(certificate.fingerprint, this.#parts.clock.now())?.servers.includes(server) ?? false;
  }

  async #openOnce(key: KeyWithCertificate): Promise<void> {
    if (this.#open.has(idOf(key))) return;
    const opened = key.use === "tls" ? await this.#openTls(key) : await this.#openSeal(key);
    if (opened !== undefined) this.#open.set(idOf(key), { name: key.name, slot: key.slot, key, ...opened });
  }

  async #openTls(key: KeyWithCertificate): Promise<Pick<OpenKey, "check" | "use">> {
    const { passphrase, clock } = this.#parts;
    const { certificate } = key;
    const pem = await loadTls(key.files, passphrase);
    return {
      check: () => {
        checkPurpose(certificate, "tls");
        checkValidity(certificate, clock.now());
        if (!this.#isListed(key))
          throw new SealwayError(
            "signer_unavailable",
            "the configuration in force does not list it for this server",
          );
      },
      use: () => {
        this.#shown = certificate.fingerprint;
        this.#tls = { ...pem, notAfter: certificate.notAfter };
        for (const listener of this.#listeners) listener(this.#tls);
      },
    };
  }

  /** @returns undefined for a seal of a member that is not served here, or of a CA that is not listed */
  async #openSeal(key: KeyWithCertificate): Promise<Pick<OpenKey, "check" | "use"> | undefined> {
    const { seals, stapler, trust, passphrase, configuration, clock, judge } = this.#parts;
    const member = key.slot.slice(slotOf("").length) as MemberId;
    if (!configuration.members.some(({ id }) => id === member)) return undefined;
    const index = trust.index();
    if (index.issuerOf(key.certificate) === undefined) return undefined;
    const seal =
      key.name === configuredKey
        ? this.#configured.get(member)!
        : await makeSeal(member, await openSigner(key, passphrase), stapler, index);
    return {
      check: () =>
        checkSeal({ self: configuration.server, clock, judge }, { directory: trust.index() }, seal),
      use: () => seals.set(member, seal),
    };
  }
}
