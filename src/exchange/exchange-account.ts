import type { ErrorCode } from "../core/error-codes.ts";
import type { SealwayError } from "../core/errors.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import type { ExchangeAccount, ExchangeEnd, ExchangeOutcome, ExchangeRole } from "./exchange-monitor.ts";
import { type NoAnswer, noAnswerOf } from "./no-answer.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { startOf } from "./request-start.ts";

const outcomes: Readonly<Record<NoAnswer, ExchangeOutcome>> = {
  unsigned: "not_taken",
  refusal: "refused",
  fault: "failed",
};

/** A call that was refused before it was read. */
export function notTaken(role: ExchangeRole, code: ErrorCode): ExchangeEnd {
  return { role, outcome: "not_taken", code, milliseconds: 0, account: null };
}

/** @param problem why there is no answer; its `error` is null when the peer said so */
export function consumerEnd(
  x: ConsumerExchange | undefined,
  problem: { readonly code: ErrorCode; readonly error: SealwayError | null } | null,
): ExchangeEnd {
  if (x?.seal === undefined) return notTaken("consumer", problem?.code ?? "internal_error");
  const outcome = problem === null ? "answered" : consumerOutcome(x, problem.code, problem.error);
  const { start } = outcome === "answered" ? x.answer.head : { start: null };
  return {
    role: "consumer",
    outcome,
    code: problem?.code ?? null,
    milliseconds: x.times.elapsed(),
    account: {
      exchangeId: x.id,
      client: x.client,
      service: serviceOf(x),
      endpoint: x.endpoint === undefined ? null : endpointOf(x.call.method, x.endpoint),
      clientServer: x.services.self,
      serviceServer: x.to?.id ?? null,
      messageId: x.publicQueryId,
      ...whenAndHowMuch(x),
      responseBytes: outcome === "answered" ? (x.answerBody?.length ?? 0) : null,
      status: start?.kind === "response" ? start.status : null,
    },
  };
}

function consumerOutcome(
  x: ConsumerExchange,
  code: ErrorCode,
  error: SealwayError | null,
): Exclude<ExchangeOutcome, "answered" | "resent"> {
  if (error === null) return x.answer.document.type === "refusal" ? "refused" : "failed";
  return x.recorded === undefined ? noAnswerOutcome(code) : "failed";
}

/** @param reply what goes back to the peer: signed or not, and why it is no answer */
export function providerEnd(
  x: ProviderExchange | undefined,
  reply: { readonly kind: "signed" | "unsigned"; readonly code: ErrorCode | null },
): ExchangeEnd {
  const { code } = reply;
  if (x?.request === undefined) return notTaken("provider", code ?? "internal_error");
  const outcome = providerOutcome(x, reply);
  const { document } = x.request;
  return {
    role: "provider",
    outcome,
    code,
    milliseconds: x.times.elapsed(),
    account: {
      exchangeId: document.id,
      client: document.client,
      service: serviceOf(x),
      endpoint:
        (x.endpoint as unknown) === undefined ? null : endpointOf(startOf(x.request).method, x.endpoint),
      clientServer: document.from,
      serviceServer: x.services.self,
      messageId: document.queryId,
      ...whenAndHowMuch(x),
      responseBytes: outcome === "answered" ? (x.answerBody?.length ?? 0) : null,
      status: outcome === "answered" ? x.answerStart.status : null,
    },
  };
}

function providerOutcome(
  { answer }: { readonly answer?: SealedMessage },
  { kind, code }: Parameters<typeof providerEnd>[1],
): ExchangeOutcome {
  if (kind === "unsigned") return "not_taken";
  if (code !== null) return noAnswerOutcome(code) === "refused" ? "refused" : "failed";
  return answer === undefined ? "resent" : "answered";
}

function noAnswerOutcome(code: ErrorCode): "not_taken" | "refused" | "failed" {
  return outcomes[noAnswerOf(code)] as "not_taken" | "refused" | "failed";
}

type Exchange = ConsumerExchange | ProviderExchange;

function serviceOf({ description }: Exchange): ExchangeAccount["service"] {
  return description === undefined ? null : { id: description.id, version: description.version };
}

function endpointOf(
  method: string,
  { template }: { readonly template: { readonly text: string } },
): ExchangeAccount["endpoint"] {
  return { method, template: template.text };
}

function whenAndHowMuch(
  x: Exchange,
): Pick<
  ExchangeAccount,
  "trace" | "requestIn" | "requestOut" | "responseIn" | "responseOut" | "requestBytes"
> {
  const { requestIn, requestOut, responseIn } = x.times;
  return {
    trace: x.trace,
    requestIn,
    requestOut,
    responseIn,
    responseOut: x.services.clock.now(),
    requestBytes: x.body?.length ?? null,
  };
}
