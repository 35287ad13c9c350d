import { errorCodes } from "../../core/error-codes.ts";
import { asSealwayError } from "../../core/errors.ts";
import type { Added, Discontinued, Witness } from "./witness.ts";

/** A call of the witness interface as HTTP brings it; all of it is the caller's choice. */
export interface WitnessCall {
  readonly method: string;
  /** Behind the prefix: `add-checkpoint`. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

export interface WitnessReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Where a witness answers, at a gateway's peer interface and at the authority alike. */
export const witnessPrefix = "/witness/v1/";

type Outcome = Added["outcome"] | Discontinued["outcome"];

/** As C2SP tlog-witness has them. */
const statuses: Readonly<Record<Outcome, number>> = {
  cosigned: 200,
  kept: 200,
  "unknown log": 404,
  "not signed by the log": 403,
  "older than its old size": 400,
  conflict: 409,
  "not an extension": 422,
};

const calls: Readonly<Record<string, (witness: Witness, call: WitnessCall) => Promise<WitnessReply>>> = {
  "POST add-checkpoint": async (witness, { body }) => replyOf(await witness.add(body.toString("utf8"))),
  "POST discontinuity": async (witness, { body }) => replyOf(await witness.discontinue(body)),
  "GET latest": latest,
};

/** Answers a call of the witness interface. @throws Error when the witness cannot keep what it must */
export async function respondAsWitness(witness: Witness, call: WitnessCall): Promise<WitnessReply> {
  const name = `${call.method} ${call.name}`;
  if (!Object.hasOwn(calls, name)) return problem(404, "there is no such call of a witness");
  try {
    return await calls[name]!(witness, call);
  } catch (thrown) {
    const { code, detail } = asSealwayError(thrown);
    if (code === "internal_error") throw thrown;
    return problem(errorCodes[code].status, detail);
  }
}

async function latest(witness: Witness, { query }: WitnessCall): Promise<WitnessReply> {
  const origin = query.get("origin") ?? "";
  const state = await witness.latest(origin);
  if (state === undefined) return problem(404, "the witness has seen nothing of this log");
  const conflicts = await witness.conflicts(origin);
  return { status: 200, type: "application/json", body: JSON.stringify({ ...state, conflicts }) };
}

function replyOf(result: Added | Discontinued): WitnessReply {
  const status = statuses[result.outcome];
  if (result.outcome === "cosigned") return { status, type: "text/plain; charset=utf-8", body: result.line };
  if (result.outcome === "conflict") return { status, type: "text/x.tlog.size", body: `${result.size}\n` };
  return problem(status, result.outcome);
}

function problem(status: number, text: string): WitnessReply {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}
