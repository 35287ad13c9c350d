import type { Test } from "tap";
import { type ErrorCode, errorCodes } from "../../../src/core/error-codes.ts";
import type { SmallCountry, Watched } from "../country.ts";
import { watchInTime } from "../failure/watch-in-time.ts";
import type { LoggedMessage } from "./logged.ts";
import type { RawAnswer } from "./raw-http.ts";

/** How a call that fails is to end. */
export interface ExpectedProblem {
  readonly code: ErrorCode;
  /** Where it was found out; the consumer's gateway unless told. */
  readonly hop?: "consumer" | "provider";
  /** What is new in the logs; nothing unless told. */
  readonly asking?: readonly string[];
  readonly answering?: readonly string[];
  /** 500 unless the code has a status of its own in X-Road's dialect. */
  readonly status?: number;
  /** The rule of the decision that failed. */
  readonly rule?: string;
  /** Calls that reached the register; none unless told. */
  readonly calls?: number;
  /** What the message must say beside the title. */
  readonly detail?: RegExp;
}

/** Refusals and faults in the logs, by where they were found out. */
export const recorded = {
  refusedHere: { asking: ["sent refusal"] },
  faultHere: { asking: ["sent request", "sent fault"] },
  refusedThere: {
    hop: "provider",
    asking: ["sent request", "received refusal"],
    answering: ["received request", "sent refusal"],
  },
  faultThere: {
    hop: "provider",
    asking: ["sent request", "received fault"],
    answering: ["received request", "sent fault"],
  },
} as const;

const ownStatuses = new Set([409, 413, 431, 503]);

/** Does something that must fail, and checks what the caller, both logs and the register got of it. */
export async function checkProblem(
  t: Test,
  country: SmallCountry,
  act: () => Promise<RawAnswer>,
  expected: ExpectedProblem,
): Promise<Watched<RawAnswer>> {
  const isLate = expected.code === "service_timeout";
  const seen = isLate ? await watchInTime(country, act) : await country.watch(act);
  checkAnswer(t, seen.result, expected);
  t.same(seen.asking.map(whatOf), expected.asking ?? [], "the asking server's log");
  t.same(seen.answering.map(whatOf), expected.answering ?? [], "the answering server's log");
  t.equal(seen.calls, expected.calls ?? 0, "calls that reached the register");
  const { exchange } = seen.result.json();
  for (const message of [...seen.asking, ...seen.answering]) checkConclusion(t, message, exchange, expected);
  return seen;
}

/** Checks the error as an information system gets it, in X-Road's dialect of 7.8. */
export function checkAnswer(t: Test, answer: RawAnswer, expected: ExpectedProblem): void {
  const entry = errorCodes[expected.code];
  const hop = expected.hop ?? "consumer";
  const type = `server.${hop === "consumer" ? "clientproxy" : "serverproxy"}.${entry.xroad}`;
  const problem = answer.json();
  t.equal(problem.code, expected.code, "code");
  t.equal(answer.status, expected.status ?? (ownStatuses.has(entry.status) ? entry.status : 500), "status");
  t.equal(answer.header("X-Road-Error"), type, "X-Road-Error");
  t.equal(problem.type, type, "type");
  t.equal(problem.hop, hop, "hop");
  t.equal(problem.rule, expected.rule ?? null, "rule");
  t.equal(problem.remedy, entry.remedy, "remedy");
  t.equal(answer.header("Content-Type"), "application/json");
  t.equal(answer.header("Sealway-Exchange-Id") ?? null, problem.exchange, "exchange");
  t.equal(problem.detail, problem.exchange ?? "", "detail is the exchange id");
  t.match(problem.message, entry.title, "message begins with the title");
  if (expected.detail !== undefined) t.match(problem.message, expected.detail, "message");
}

/** What ends an exchange in a log says the same as the caller was told. */
function checkConclusion(
  t: Test,
  { document, what }: LoggedMessage,
  exchange: unknown,
  { code }: ExpectedProblem,
): void {
  t.equal(document.id, exchange, `${what} has the exchange id that the caller was told`);
  if (document.type === "refusal")
    t.same([document.decision?.verdict, document.decision?.code], ["deny", code]);
  if (document.type === "fault") t.equal(document.fault?.code, code, `${what} has the code`);
}

function whatOf({ what }: LoggedMessage): string {
  return what;
}
