import type { ErrorCode } from "../core/error-codes.ts";
import { SealwayError } from "../core/errors.ts";

/**
 * How a call ends that has no answer (the exchange's specification, "No answer, three ways"). What is neither listed
 * here nor found before the message was known to be authentic is a refusal: signed and recorded.
 * - `unsigned`: the gateway is unable, the bytes are not those that were signed, or a record would hold in clear what it
 *   must not: nothing is recorded
 * - `fault`: authentic, but nobody answered: signed and recorded
 */
export type NoAnswer = "unsigned" | "fault" | "refusal";

const unsigned: readonly ErrorCode[] = [
  "log_unavailable",
  "spool_unavailable",
  "signer_unavailable",
  "overloaded",
  "draining",
  "configuration_expired",
  "configuration_stale",
  "timestamping_overdue",
  "digest_mismatch",
  "incomplete_body",
  "replay",
  "exchange_in_progress",
  "answer_not_kept",
  "invalid_query_id",
  "query_id_repeated",
];

const faults: readonly ErrorCode[] = [
  "service_unreachable",
  "service_timeout",
  "service_cut_off",
  "service_busy",
  "invalid_response",
  "representation_unknown",
  "target_not_allowed",
  "peer_unreachable",
  "server_in_maintenance",
  "peer_timeout",
  "peer_cut_off",
  "peer_rejected",
  "inconsistent_response",
  "interrupted",
  "deadline_exceeded",
  "internal_error",
];

const kinds = new Map<ErrorCode, NoAnswer>([
  ...unsigned.map((code) => [code, "unsigned"] as const),
  ...faults.map((code) => [code, "fault"] as const),
]);

/** How a call ends once its message is known to be authentic. */
export function noAnswerOf(code: ErrorCode): NoAnswer {
  return kinds.get(code) ?? "refusal";
}

/** Why nothing could be sent to the provider's server. */
const unsent: ReadonlySet<ErrorCode> = new Set(["peer_unreachable", "peer_unknown"]);

/** Whether nothing of a call was sent. @param code of an error that happened here, not one that a peer told */
export function isUnsent(code: ErrorCode): boolean {
  return unsent.has(code);
}

/**
 * The error as it is told once the request is recorded. A gateway that is unable from then on cannot promise any more
 * that nothing was done: whoever reads "unable" tries again, and a call that changes something would be made twice.
 */
export function onceRecorded(error: SealwayError): SealwayError {
  if (noAnswerOf(error.code) !== "unsigned" || error.entry.fault !== "gateway") return error;
  return new SealwayError("interrupted", `${error.code}: ${error.detail}`, { cause: error });
}
