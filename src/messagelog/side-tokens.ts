import { sha256, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import type { Clock } from "../core/clock.ts";
import { obtainTimestamp, type TimestampSources, type UnexpectedToken } from "../pki/timestamp-client.ts";
import type { ContextKind } from "./message-record.ts";
import type { Batch, MessageStore } from "./message-store.ts";

/** What a document of kind `unexpected-token` says, as canonical JSON. */
export interface UnexpectedTokenDocument {
  readonly v: 1;
  /** The address of the authority that gave it. */
  readonly authority: string;
  readonly findings: readonly string[];
  /** When it came, milliseconds. */
  readonly time: number;
  /** What was to be stamped: hex. */
  readonly imprint: string;
  /** As received: base64. */
  readonly token: string;
}

/** What a document of kind `second-token` says, as canonical JSON: another authority's word on the root of a batch. */
export interface SecondTokenDocument {
  readonly v: 1;
  readonly batch: number;
  readonly authority: string;
  /** Milliseconds, by the token. */
  readonly genTime: number;
  /** In DER, base64. */
  readonly token: string;
}

/** Times are milliseconds since the epoch. */
export interface SideTokenHealth {
  /** Tokens that were not what was asked for: the last one, and how many since the start. */
  readonly unexpected:
    | {
        readonly count: number;
        readonly authority: string;
        readonly findings: readonly string[];
        readonly time: number;
      }
    | undefined;
  /** When another authority stamped a root last, and why it did not the last time, if so. */
  readonly second: { readonly at: number | undefined; readonly failure: string | undefined };
}

const day = 24 * 3_600_000;
const hour = 3_600_000;
/** Unexpected tokens that are kept in a day; an authority that gives no others must not fill the disk. */
const mostKeptADay = 100;

/** Keeps tokens beside those of the batches: unexpected ones, and once a day one of a second authority. */
export class SideTokens {
  readonly #store: Pick<MessageStore, "keepDocument">;
  readonly #clock: Clock;
  #unexpected: SideTokenHealth["unexpected"];
  /** Of the day that began then. */
  #kept = { since: 0, count: 0 };
  #secondAt: number | undefined;
  #secondFailure: string | undefined;
  #nextSecond: number | undefined;

  constructor(store: Pick<MessageStore, "keepDocument">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  health(): SideTokenHealth {
    return {
      unexpected: this.#unexpected,
      second: { at: this.#secondAt, failure: this.#secondFailure },
    };
  }

  /** @throws SealwayError `log_unavailable` */
  async keepUnexpected({ authority, findings, time, imprint, token }: UnexpectedToken): Promise<void> {
    this.#unexpected = { count: (this.#unexpected?.count ?? 0) + 1, authority, findings, time };
    if (Math.abs(time - this.#kept.since) >= day) this.#kept = { since: time, count: 0 };
    if (this.#kept.count++ >= mostKeptADay) return;
    const document: UnexpectedTokenDocument = {
      v: 1,
      ...{ authority, findings, time },
      imprint: imprint.value.toString("hex"),
      token: token.toString("base64"),
    };
    await this.#keep("unexpected-token", document);
  }

  /**
   * Once a day, and at the start, has an authority other than the batch's stamp the root. It is asked again in an hour
   * when none does: no batch waits for it.
   */
  async stampAgain({ number, root, authority }: Batch, sources: TimestampSources): Promise<void> {
    const now = this.#clock.now();
    const others = sources.authorities.filter(({ url }) => url !== authority);
    const isDue = this.#nextSecond === undefined || now >= this.#nextSecond || this.#nextSecond - now > day;
    if (others.length === 0 || !isDue) return;
    this.#nextSecond = now + hour;
    try {
      const imprint = { digest: "sha256", value: root } as const;
      const second = await obtainTimestamp(imprint, { ...sources, authorities: others });
      const document: SecondTokenDocument = {
        v: 1,
        batch: number,
        authority: second.authority,
        genTime: second.timestamp.genTime,
        token: second.token.toString("base64"),
      };
      await this.#keep("second-token", document);
      this.#nextSecond = now + day;
      this.#secondAt = now;
      this.#secondFailure = undefined;
    } catch (error) {
      this.#secondFailure = reasonOf(error);
    }
  }

  async #keep(kind: ContextKind, content: UnexpectedTokenDocument | SecondTokenDocument): Promise<void> {
    const bytes = Buffer.from(canonicalJson(content as unknown as Json));
    await this.#store.keepDocument({ kind, sha256: toBase64Url(sha256(bytes)), bytes });
  }
}

/** In words without personal data. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : "unknown";
}
