import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { Certificate } from "./certificate.ts";
import { fetchOcsp } from "./ocsp-client.ts";
import { checkOcspGood, type OcspGood, type OcspVerdict, verifyOcspResponse } from "./ocsp-verdict.ts";
import { TrustServiceError } from "./post-der.ts";

/** Runs something later; returns what cancels it. Injected, so that tests need not wait. */
export type After = (ms: number, run: () => void) => () => void;

/** Timers that do not keep the process alive. */
export const afterTimeout: After = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};

/** A certificate whose state is to be kept at hand, and who may be asked for it, in order. */
export interface OcspSubject {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly responders: readonly string[];
}

/** A response that may be sent along with a signature. */
export interface OcspStaple extends OcspGood {
  readonly der: Buffer;
}

export interface OcspStaplerOptions {
  readonly clock: Clock;
  /** How old `thisUpdate` may be, in milliseconds; the instance's `ocspFreshness`. */
  readonly maxAgeMs: number;
  readonly timeoutMs: number;
  readonly after: After;
  /** From 0 to 1: pauses after failures are shortened by up to half, so that not all servers ask at one moment. */
  readonly random?: () => number;
}

/** How it stands with the response for one certificate. Times are milliseconds since the epoch. */
export interface OcspStanding {
  /** As `Certificate.fingerprint`. */
  readonly fingerprint: string;
  /** `refused`: a responder called it revoked or unknown. */
  readonly state: "good" | "stale" | "refused" | "none";
  readonly thisUpdate: number | undefined;
  readonly freshUntil: number | undefined;
  /** Rounds through all responders without an answer that counts. */
  readonly failures: number;
  readonly failingSince: number | undefined;
  /** Why the last responder's answer did not count. */
  readonly reason: string | undefined;
}

interface Watch {
  readonly subject: OcspSubject;
  staple?: OcspStaple;
  /** A signed word that was not "good"; no older staple is used beside it. */
  refusal?: OcspRefusal;
  failures: number;
  failingSince?: number | undefined;
  reason?: string;
  cancel?: () => void;
}

type OcspRefusal = Extract<OcspVerdict, { status: "revoked" | "unknown" }>;

const firstBackOffMs = 1_000;
const longestBackOffMs = 60_000;

/**
 * Keeps one good OCSP response per certificate: refreshed at half-life in the background, from several responders
 * with back-off, in memory only. It fails closed: without a fresh good response there is nothing to staple.
 */
export class OcspStapler {
  readonly #options: OcspStaplerOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: OcspStaplerOptions) {
    this.#options = options;
  }

  /** Starts to keep a response for a certificate; resolves after the first attempt, whatever came of it. */
  async watch(subject: OcspSubject): Promise<void> {
    this.unwatch(subject.certificate.fingerprint);
    const watch: Watch = { subject, failures: 0 };
    this.#watches.set(subject.certificate.fingerprint, watch);
    await this.#refresh(watch);
  }

  /** Forgets a certificate. */
  unwatch(fingerprint: string): void {
    this.#watches.get(fingerprint)?.cancel?.();
    this.#watches.delete(fingerprint);
  }

  /**
   * The response to staple now.
   * @param fingerprint of the certificate, as `Certificate.fingerprint`
   * @throws SealwayError `certificate_revoked`, `ocsp_invalid` or `ocsp_stale` when there is no fresh good one
   */
  staple(fingerprint: string): OcspStaple {
    const watch = this.#watches.get(fingerprint);
    if (watch?.refusal !== undefined) checkOcspGood(watch.refusal);
    if (watch?.staple === undefined) {
      throw new SealwayError(
        "ocsp_invalid",
        "no OCSP responder has given a good response for the certificate",
      );
    }
    if (this.#options.clock.now() > watch.staple.freshUntil) {
      throw new SealwayError(
        "ocsp_stale",
        "no OCSP responder has given a fresh response for the certificate",
      );
    }
    return watch.staple;
  }

  /** How it stands with every certificate that is watched. */
  standings(): readonly OcspStanding[] {
    return [...this.#watches].map(([fingerprint, watch]) => ({
      fingerprint,
      state: this.#stateOf(watch),
      thisUpdate: watch.staple?.thisUpdate,
      freshUntil: watch.staple?.freshUntil,
      failures: watch.failures,
      failingSince: watch.failingSince,
      reason: watch.failures > 0 ? watch.reason : undefined,
    }));
  }

  /** Stops all refreshing. */
  close(): void {
    for (const fingerprint of [...this.#watches.keys()]) this.unwatch(fingerprint);
  }

  #stateOf({ refusal, staple }: Watch): OcspStanding["state"] {
    if (refusal !== undefined) return "refused";
    if (staple === undefined) return "none";
    return this.#options.clock.now() > staple.freshUntil ? "stale" : "good";
  }

  async #refresh(watch: Watch): Promise<void> {
    let answered = false;
    for (const responder of watch.subject.responders) {
      answered = await this.#ask(watch, responder);
      if (answered) break;
    }
    if (this.#watches.get(watch.subject.certificate.fingerprint) !== watch) return;
    watch.failures = answered ? 0 : watch.failures + 1;
    watch.failingSince = answered ? undefined : (watch.failingSince ?? this.#options.clock.now());
    watch.cancel = this.#options.after(this.#pause(watch), () => void this.#refresh(watch));
  }

  /** Whether this responder gave the answer that counts: good or revoked. On any other the next one is asked. */
  async #ask(watch: Watch, responder: string): Promise<boolean> {
    const { certificate, issuer } = watch.subject;
    const { clock, maxAgeMs, timeoutMs } = this.#options;
    let der: Buffer;
    try {
      der = await fetchOcsp(responder, { certificate, issuer, timeoutMs });
    } catch (cause) {
      if (!(cause instanceof TrustServiceError)) throw cause;
      watch.reason = cause.message;
      return false;
    }
    const verdict = verifyOcspResponse(der, { certificate, issuer, at: clock.now(), maxAgeMs });
    if (verdict.status === "invalid" || verdict.status === "stale" || isOlder(verdict, watch)) {
      watch.reason = `${responder}: ${"finding" in verdict ? verdict.finding : "an older response than before"}`;
      return false;
    }
    if (verdict.status === "good") {
      watch.staple = { ...verdict, der };
      delete watch.refusal;
    } else {
      watch.refusal = verdict;
    }
    return verdict.status !== "unknown";
  }

  #pause({ staple, refusal, failures }: Watch): number {
    if (failures > 0) {
      const longest = Math.min(firstBackOffMs * 2 ** (failures - 1), longestBackOffMs);
      return longest * (1 - (this.#options.random?.() ?? 0) / 2);
    }
    // A suspension may be lifted.
    if (staple === undefined || refusal !== undefined) return longestBackOffMs;
    const now = this.#options.clock.now();
    const halfLife = (staple.thisUpdate + staple.freshUntil) / 2;
    // A responder that hands out responses already past their half-life is not to be asked in a loop.
    const rest = halfLife > now ? halfLife - now : (staple.freshUntil - now) / 4;
    return Math.max(rest, firstBackOffMs);
  }
}

/** An old response may be replayed to us: the latest signed word stands. */
function isOlder(verdict: { readonly thisUpdate: number }, { staple, refusal }: Watch): boolean {
  return verdict.thisUpdate < Math.max(staple?.thisUpdate ?? 0, refusal?.thisUpdate ?? 0);
}
