import { asSealwayError, SealwayError } from "../core/errors.ts";
import { consumerResponseHeaders } from "../core/header-table.ts";
import { type ClientId, type ExchangeId, unsafeId } from "../core/ids.ts";
import type { TraceContext } from "../core/trace-context.ts";
import { uuidV7 } from "../core/uuid.ts";
import type { HeaderLine } from "../message/head.ts";
import { checkAble } from "./able.ts";
import { type Body, maxInlineBody } from "./body.ts";
import { callAgain } from "./call-again.ts";
import { retryAfterLines } from "./check-maintenance.ts";
import { composeAnswer } from "./compose-answer.ts";
import { composeRequest } from "./compose-request.ts";
import { ConsumerExchange, type InformationSystemCall } from "./consumer-exchange.ts";
import { consumerEnd } from "./exchange-account.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { bytesOf } from "./json-body.ts";
import { isMessage } from "./message-pattern.ts";
import { noAnswerOf, onceRecorded } from "./no-answer.ts";
import { keepPermissionRefusal } from "./permissions/keep-refusal.ts";
import { passages, runPassage } from "./pipeline.ts";
import { type Problem, parseProblem, problemOf } from "./problem.ts";
import { queryUseGivenBack } from "./query-use.ts";
import { retryLines } from "./rate-headers.ts";
import { receiveBody } from "./receive-body.ts";
import { appendAnswer, appendRequest, sentRecord } from "./record.ts";
import { endPowersGone } from "./representation/judge-representation.ts";
import { required } from "./required.ts";
import { isRestrictedCall } from "./restriction-of.ts";
import { withStanding } from "./standing-headers.ts";
import { outcomeOf, sealUnanswered } from "./unanswered.ts";

/** What the information system gets. */
export type Reply =
  | {
      readonly kind: "answer";
      readonly exchangeId: ExchangeId;
      readonly serviceVersion: string | null;
      readonly status: number;
      readonly reason: string;
      readonly headers: readonly HeaderLine[];
      readonly body: Body | null;
      /** This hop of the caller's trace, for the process log. */
      readonly trace?: TraceContext | null;
      readonly sight?: ReplySight;
    }
  | {
      readonly kind: "problem";
      readonly problem: Problem;
      /** X-Road-Id, where the call got that far. */
      readonly queryId: string | null;
      /** What the peer's signed refusal says of quotas and of when to try again. */
      readonly headers?: readonly HeaderLine[];
      /** What happened, for the process log; null when the peer said it. */
      readonly error: SealwayError | null;
      /** Who asked; null for whoever has not proved it. */
      readonly client: ClientId | null;
      readonly trace?: TraceContext | null;
      readonly sight?: ReplySight;
    };

/** The process log is told nothing of it. */
type ReplySight = "restricted";

/** Takes a call of an information system through the consumer's passages, twice at most; never throws. */
export async function consume(services: GatewayServices, call: InformationSystemCall): Promise<Reply> {
  const first = await consumeOnce(services, call);
  try {
    const { x, reply } = first;
    if (x === undefined || reply.kind === "answer") return reply;
    const again = await callAgain(x, reply.problem).catch(noCall);
    if (again === undefined) return reply;
    const second = await consumeOnce(services, again);
    second.x?.body?.discard();
    return second.reply;
  } finally {
    first.x?.body?.discard();
  }
}

/** Without a configuration in force the first answer is the last. */
function noCall(): undefined {}

interface Consumed {
  /** Undefined when there is no exchange; its body is not discarded. */
  readonly x: ConsumerExchange | undefined;
  readonly reply: Reply;
}

async function consumeOnce(services: GatewayServices, call: InformationSystemCall): Promise<Consumed> {
  let x: ConsumerExchange | undefined;
  try {
    checkAble(services);
    const id = unsafeId<ExchangeId>(uuidV7(services.clock.now()));
    x = new ConsumerExchange(services, call, id, services.trust());
    await runPassage(passages.consumerIn, x);
    await checkPeerStatus(x);
    await runPassage(passages.consumerOut, x);
    return { x, reply: told(services, x, await answered(x)) };
  } catch (thrown) {
    const error = asSealwayError(thrown);
    x?.answerBody?.discard();
    const conclusion =
      x === undefined ? error : await concludeWithoutAnswer(x, x.recorded ? onceRecorded(error) : error);
    const problem = problemOf(conclusion, "consumer", x?.id ?? null, x?.to?.contact ?? null);
    const client = x?.seal === undefined ? null : x.client;
    const queryId = x?.headers?.queryId ?? null;
    const trace = x?.trace ?? null;
    const headers = retryAfterLines(conclusion);
    const reply: Reply = {
      kind: "problem",
      ...{ problem, queryId, headers, error: conclusion, client, trace },
    };
    return { x, reply: told(services, x, reply) };
  } finally {
    endPowersGone(services, x?.powersGone);
  }
}

function told(services: GatewayServices, x: ConsumerExchange | undefined, reply: Reply): Reply {
  if (x !== undefined && isRestrictedCall(x)) return { ...reply, sight: "restricted" };
  const problem = reply.kind === "answer" ? null : { code: reply.problem.code, error: reply.error };
  (x?.watch ?? services.monitor).ended(consumerEnd(x, problem));
  return reply;
}

/** The peer's signed refusal or fault becomes an error here; everything else is the service's own answer. */
async function answered(x: ConsumerExchange): Promise<Reply> {
  const { document, head } = x.answer;
  if (document.type !== "response") {
    const body = x.answerBody === null ? Buffer.alloc(0) : await bytesOf(x.answerBody);
    x.answerBody?.discard();
    const problem = parseProblem(body, x.id);
    if (problem.code === "agreement_mismatch" && x.agreement !== null)
      x.services.agreements.doubt(x.agreement.id);
    const { client, trace } = x;
    const { queryId } = x.headers;
    const headers = retryLines(head.headers);
    return { kind: "problem", problem, queryId, headers, error: null, client, trace };
  }
  if (head.start.kind !== "response") throw new TypeError("the head of an answer has a status line");
  const { status, reason } = head.start;
  const serviceVersion = document.service.version;
  const removed = document.decision?.fieldsRemoved ?? [];
  const standing = x.trust.catalogue.standingOf(required(x.description));
  return {
    kind: "answer",
    exchangeId: x.id,
    serviceVersion,
    status,
    reason,
    headers: [...withStanding(consumerResponseHeaders(head.headers), standing, removed), ...purposeLine(x)],
    body: x.answerBody,
    trace: x.trace,
  };
}

/** For what the data was given, above all where the caller did not say so. */
function purposeLine({ purpose }: ConsumerExchange): HeaderLine[] {
  return purpose === null ? [] : [["Sealway-Purpose", `${purpose.purpose.id};source=${purpose.source}`]];
}

/** An answer without a signature proves nothing; its word is passed on as the peer's, and as no more. */
async function checkPeerStatus(x: ConsumerExchange): Promise<void> {
  const { status, body } = x.peerAnswer;
  if (status === 200) return;
  const told = await receiveBody(body, {
    passage: "consumer-out",
    maxBytes: maxInlineBody,
    deadline: x.request.document.deadline,
    spoolDirectory: x.services.spoolDirectory,
    clock: x.services.clock,
  }).catch(noWord);
  const { code, detail } = parseProblem(told?.bytes ?? Buffer.alloc(0), x.id);
  const outcome = code === "interrupted" ? code : "peer_rejected";
  throw new SealwayError(outcome, `${required(x.to).id} answered ${status} ${code}: ${detail}`);
}

/** A reason longer than any of ours is none; that it was cut off, or late, is told. */
function noWord(error: unknown): null {
  if (error instanceof SealwayError && error.code === "invalid_response") return null;
  throw error;
}

/**
 * Signs and records that there is no answer; what the caller is told is the error, or why it could not be recorded.
 * A stranger leaves no record; nor does a call of what nobody describes: the record names the service in clear, and
 * what a caller writes in a name's place may be a person's.
 */
async function concludeWithoutAnswer(x: ConsumerExchange, error: SealwayError): Promise<SealwayError> {
  if (x.seal === undefined || x.description === undefined) return error;
  const kind = x.recorded === undefined ? noAnswerOf(error.code) : "fault";
  if (kind === "unsigned") return error;
  try {
    await recordWithoutAnswer(x, error, kind);
    return error;
  } catch (thrown) {
    const unrecorded = asSealwayError(thrown);
    return x.recorded === undefined ? unrecorded : onceRecorded(unrecorded);
  }
}

async function recordWithoutAnswer(
  x: ConsumerExchange,
  error: SealwayError,
  kind: "refusal" | "fault",
): Promise<void> {
  const { services, trust } = x;
  const seal = required(x.seal);
  const now = services.clock.now();
  const problem = problemOf(error, "consumer", x.id);
  const request =
    x.recorded === undefined
      ? { document: composeRequest(x, seal, now).document, signature: null }
      : { document: x.request.document, signature: x.request.signature };
  const document = composeAnswer(request, {
    ...outcomeOf(problem, kind),
    audience: "self",
    agreement: null,
    configuration: trust.configuration,
    contentKind: null,
    signerRole: "client",
    ts: now,
  });
  const headers = [...ownHeaders(x), ...retryAfterLines(error)];
  const { message } = await sealUnanswered(seal, now, document, problem, headers);
  await services.context.keep(trust.configuration, x.description, null);
  const context = { role: "consumer", description: x.description, body: null } as const;
  if (x.recorded === undefined) {
    // Of a message nobody else will know whom it was to be about.
    const persons = isMessage(x) ? x.subjects : undefined;
    const single = { ...context, effect: "single", persons } as const;
    await appendRequest(services.log, x.watch, sentRecord(services, message, seal, single));
    if (isMessage(x) && !isRestrictedCall(x)) await keepPermissionRefusal(x, error);
  } else {
    const returns = queryUseGivenBack(x, error.code);
    const closing = { ...context, effect: "close", returns } as const;
    await appendAnswer(services.log, x.watch, sentRecord(services, message, seal, closing));
  }
}

function ownHeaders(x: ConsumerExchange): HeaderLine[] {
  return [
    ["x-road-id", x.headers.queryId],
    ["x-road-client", x.client],
    ["x-road-service", x.target.service],
    ["x-road-request-id", x.id],
  ];
}
