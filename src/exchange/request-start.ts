import { SealwayError } from "../core/errors.ts";
import type { RequestStart } from "../message/head.ts";
import type { VerifiedMessage } from "../message/verify-message.ts";

/** The request line of a verified request. */
export function startOf({ head }: VerifiedMessage): RequestStart {
  if (head.start.kind === "request") return head.start;
  throw new SealwayError("malformed_message", "the head is no request's");
}
