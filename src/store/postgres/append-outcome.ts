import { SealwayError } from "../../core/errors.ts";
import type { AppendOutcome } from "../../messagelog/message-record.ts";
import type { Answer } from "./log-writer.ts";

/** @throws SealwayError `internal_error` for an answer to a request that is not in the log */
export function appendOutcome(answer: Answer, writer: string): AppendOutcome {
  if (typeof answer === "string") {
    if (answer === "never-opened")
      throw new SealwayError("internal_error", "an answer without a recorded request");
    return refusals[answer];
  }
  if ("counter" in answer) return { outcome: "exhausted", ...answer };
  const { number, counts } = answer;
  return { outcome: "recorded", writer, number, ...(counts !== undefined && { uses: counts }) };
}

const refusals = {
  "resend-open": { outcome: "resend", state: "open" },
  "resend-closed": { outcome: "resend", state: "closed" },
  replay: { outcome: "replay" },
} as const satisfies Record<Exclude<Extract<Answer, string>, "never-opened">, AppendOutcome>;
