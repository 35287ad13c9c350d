import { sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { MessageLog } from "../../messagelog/message-record.ts";
import type { Signer } from "../../pki/signer.ts";
import type { RestrictionsInUse } from "../restrictions-in-use.ts";
import { type EmergencyReview, parseReview, signReview } from "./emergency-review.ts";

/** A call that passed by emergency access. Names no person: who claimed it, and why, the record of the exchange has. */
export interface Emergency {
  readonly exchange: string;
  /** This server's part in it. */
  readonly role: "consumer" | "provider";
  /**
   * Of a message, whether this side sent it: data left it, whatever the other one made of it. Missing of other calls, and
   * of what earlier releases noted at a message's recipient.
   */
  readonly discloses?: boolean;
  /** The member on this side, which reviews it. */
  readonly member: MemberId;
  readonly agreement: string;
  readonly client: string;
  readonly service: string;
  /** Its id; missing in what earlier releases noted. */
  readonly purpose?: string | null;
  /** When it was noted, milliseconds. */
  readonly time: number;
}

/** Within what time an emergency is reviewed, milliseconds. */
export const reviewWithin = 72 * 3_600_000;

/**
 * Those that no restriction hides now: the others raise no alarm and suspend nothing, and wait for their review until the
 * restriction is lifted.
 * @param now milliseconds
 */
export function emergenciesShown(
  emergencies: readonly Emergency[],
  restrictions: Pick<RestrictionsInUse, "covering">,
  now: number,
): readonly Emergency[] {
  return emergencies.filter(({ exchange: exchangeId, client: consumer, service, purpose = null, time }) => {
    return restrictions.covering({ exchangeId, consumer, service, purpose, time }, now) === undefined;
  });
}

/** The emergencies that wait for their review. Each stands in the log before the service is called, and so does its review. */
export class EmergencyBook {
  readonly #log: Pick<MessageLog, "keep">;
  /** By exchange. Its id is the consumer's choice: several may have one, and none takes the place of another. */
  readonly #waiting = new Map<string, readonly Emergency[]>();

  constructor(log: Pick<MessageLog, "keep">) {
    this.#log = log;
  }

  /** Goes on where an earlier run ended. @throws SealwayError for documents that this server did not write */
  load(noted: readonly Buffer[], reviews: readonly Buffer[]): void {
    for (const bytes of noted) this.#wait(parseStrictJson(bytes) as Emergency);
    for (const bytes of reviews) this.#reviewed(parseReview(bytes));
  }

  /** @throws SealwayError `log_unavailable`: nothing passes that could not be reviewed */
  async note(emergency: Emergency): Promise<void> {
    const bytes = Buffer.from(canonicalJson(emergency as unknown as Json), "utf8");
    await this.#log.keep({ kind: "emergency", sha256: sha256Base64Url(bytes), bytes });
    this.#wait(emergency);
  }

  /** Those that nobody has reviewed, oldest first. */
  waiting(): readonly Emergency[] {
    return [...this.#waiting.values()].flat().toSorted((one, other) => one.time - other.time);
  }

  /** Agreements that grant no emergency access until somebody has reviewed what was done by it. @param now milliseconds */
  suspended(now: number, restrictions: Pick<RestrictionsInUse, "covering">): ReadonlySet<string> {
    const waiting = [...this.#waiting.values()].flat();
    const late = waiting.filter((one) => isGranted(one) && now >= one.time + reviewWithin);
    return new Set(emergenciesShown(late, restrictions, now).map(({ agreement }) => agreement));
  }

  /**
   * Reviews an emergency: signed by this side's member, and in the log before it counts.
   * @throws SealwayError `not_found` when none waits that has this exchange id; `signer_unavailable`, `log_unavailable`
   */
  async review(
    review: EmergencyReview,
    signerOf: (member: MemberId) => Signer,
  ): Promise<readonly Emergency[]> {
    const found = this.#waiting.get(review.exchange) ?? [];
    if (found.length === 0) throw new SealwayError("not_found", "no emergency of this exchange id waits");
    for (const member of new Set(found.map((emergency) => emergency.member)))
      await this.#log.keep(await signReview(signerOf(member), review));
    this.#reviewed(review);
    return found;
  }

  #wait(emergency: Emergency): void {
    const { client, exchange, role, time } = emergency;
    const waiting = this.#waiting.get(exchange) ?? [];
    const isKnown = waiting.some((one) => one.client === client && one.role === role && one.time === time);
    if (!isKnown) this.#waiting.set(exchange, [...waiting, emergency]);
  }

  /** A review is of what was noted when it was made. */
  #reviewed({ exchange, time }: Pick<EmergencyReview, "exchange" | "time">): void {
    const left = (this.#waiting.get(exchange) ?? []).filter((one) => one.time > time);
    if (left.length === 0) this.#waiting.delete(exchange);
    else this.#waiting.set(exchange, left);
  }
}

/** Whether this side decides on the access: it receives a call that discloses, or sends a message. */
export function isGranted({ role, discloses }: Pick<Emergency, "role" | "discloses">): boolean {
  return discloses ?? role === "provider";
}
