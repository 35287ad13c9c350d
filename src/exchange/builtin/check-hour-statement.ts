import { SealwayError } from "../../core/errors.ts";
import { mostAsked } from "../../messagelog/recovery/loss.ts";
import type { HourStatement, ParsedHourStatement } from "../../messagelog/statement/hour-statement.ts";
import { hourMs, type PairHour, pairName, turned } from "../../messagelog/statement/pair-hour.ts";
import type { GatewayServices } from "../gateway-services.ts";

/** Statements about older hours are refused, milliseconds. */
export const oldestHour = 7 * 24 * hourMs;

/** So are questions: who lost a log asks about what its newest copy lacks. */
const oldestQuestion = mostAsked + 7 * 24 * hourMs;

/** Clocks of two servers may differ by this much, milliseconds. */
const skew = 60_000;

/**
 * Checks that an hour has ended and is not too long ago: an attacker chooses it.
 * @throws SealwayError `bad_request`
 */
export function checkHour(from: number, now: number): void {
  const isWhole = from % hourMs === 0;
  if (!isWhole || from + hourMs > now + skew || from < now - oldestHour)
    throw new SealwayError("bad_request", "it is not about a full hour of the last seven days");
}

/**
 * Checks that an hour has begun and is not too long ago: an attacker chooses it.
 * @throws SealwayError `bad_request`
 */
export function checkQuestionHour(from: number, now: number): void {
  if (from % hourMs !== 0 || from > now + skew || from < now - oldestQuestion)
    throw new SealwayError("bad_request", "it is not about an hour of the last weeks");
}

/**
 * Checks that a statement is the other side's about this very hour, signed by that member's seal on that server.
 * @param hour as this side sees it
 * @throws SealwayError `malformed_statement`, `certificate_unknown`, `certificate_wrong_member`, `certificate_…`
 */
export function checkHourStatement(
  { clock, judge, trust }: GatewayServices,
  { statement, certificate }: ParsedHourStatement,
  hour: PairHour,
): void {
  const { configuration, directory } = trust();
  const now = clock.now();
  const seal = directory.seal(certificate.fingerprint, now);
  if (seal === undefined)
    throw new SealwayError("certificate_unknown", "the statement's seal is not registered");
  if (seal.member !== statement.member || !seal.servers.includes(statement.server)) {
    throw wrongMember("its seal is not that of the member and server that it names");
  }
  if (!certificate.keyUsage.has("nonRepudiation")) throw wrongMember("its certificate is no seal");
  judge.checkChain(certificate, seal.issuer, now);
  if (statement.instance !== configuration.parameters.instance) throw another("instance");
  if (pairName(turned(hour)) !== pairName(statement)) throw wrongMember("it is not about these two members");
  if (statement.from !== hour.from) throw another("hour");
  if (!isTimely(statement, now))
    throw new SealwayError("malformed_statement", "statement: made before its hour ended");
}

function isTimely({ time, to }: HourStatement, now: number): boolean {
  return time >= to - skew && time <= now + skew;
}

function another(what: string): SealwayError {
  return new SealwayError("malformed_statement", `statement: it is about another ${what}`);
}

function wrongMember(detail: string): SealwayError {
  return new SealwayError("certificate_wrong_member", `the statement was refused: ${detail}`);
}
