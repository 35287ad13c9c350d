import type { MemberId } from "../core/ids.ts";
import type { EnvelopeRecipient } from "../pki/hybrid-envelope.ts";
import type { CoverableExchange, Restriction } from "../policy/restrictions/restriction.ts";

/** The restrictions that a gateway was told of, as they stand at this moment. */
export interface RestrictionsInUse {
  /**
   * The restriction that covers an exchange; undefined when everybody who otherwise may, sees it.
   * @param now milliseconds
   */
  covering(exchange: CoverableExchange, now: number): Restriction | undefined;
  /** Whether one in force names this very exchange: for what was noted of it before it was restricted. */
  names(exchangeId: string, now: number): boolean;
  /** Who must be able to read what a restriction covers: the authority that ordered it, and the supervisory authority. */
  readersOf(restriction: Restriction): readonly EnvelopeRecipient[];
  /**
   * Takes an act that an ordering authority signed: durable before this returns, and in force then.
   * @param sender the member that sent it
   * @throws DenialError `access_denied` with the rule that refuses it; SealwayError `malformed_statement`,
   *   `invalid_signature`, `certificate_…`, `log_unavailable`
   */
  take(signed: Buffer, sender: MemberId): Promise<Restriction>;
}
