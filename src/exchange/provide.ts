import { asSealwayError, type SealwayError } from "../core/errors.ts";
import { memberOf, providerOf } from "../core/ids.ts";
import type { TraceContext } from "../core/trace-context.ts";
import type { WireMessage } from "../message/wire.ts";
import { checkAble } from "./able.ts";
import type { Body } from "./body.ts";
import { retryAfterLines } from "./check-maintenance.ts";
import { composeAnswer } from "./compose-answer.ts";
import { providerEnd } from "./exchange-account.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { noAnswerOf, onceRecorded } from "./no-answer.ts";
import { keepPermissionRefusal } from "./permissions/keep-refusal.ts";
import { passages, runPassage } from "./pipeline.ts";
import { type Problem, problemOf } from "./problem.ts";
import { type PeerCall, ProviderExchange } from "./provider-exchange.ts";
import { quotaHeaders, usesGivenBack } from "./quotas.ts";
import { appendAnswer, sentRecord } from "./record.ts";
import { endPowersGone } from "./representation/judge-representation.ts";
import { isRestrictedRequest } from "./restriction-of.ts";
import { recordRefusedRequest } from "./steps/record-received-request.ts";
import { answerHeaders } from "./steps/sign-answer.ts";
import { outcomeOf, sealUnanswered } from "./unanswered.ts";

/** What goes back to the peer. */
export type PeerReply =
  | {
      readonly kind: "signed";
      readonly message: WireMessage;
      readonly body: Body | Buffer | null;
      readonly exchange: string;
      /** Why it is a refusal or a fault, for the process log; null for an answer, and for one that was given before. */
      readonly error: SealwayError | null;
    }
  | { readonly kind: "unsigned"; readonly problem: Problem; readonly error: SealwayError };

/** A reply, and this hop of the caller's trace for the process log; `restricted`: that log is told nothing of it. */
export type ProvidedReply = PeerReply & {
  readonly trace?: TraceContext | null;
  readonly sight?: "restricted";
};

/** Takes a message from a peer through the provider's passages; never throws. */
export async function provide(services: GatewayServices, call: PeerCall): Promise<ProvidedReply> {
  let x: ProviderExchange | undefined;
  try {
    checkAble(services);
    x = new ProviderExchange(services, call, services.trust());
    await runPassage(passages.providerIn, x);
    await runPassage(passages.providerOut, x);
    const { answer: message, answerBody: body, id: exchange } = x;
    return told(services, x, { kind: "signed", message, body, exchange, error: null });
  } catch (thrown) {
    const error = asSealwayError(thrown);
    x?.answerBody?.discard();
    const reply =
      x?.request === undefined
        ? unsigned(error, null)
        : await concludeWithoutAnswer(x, x.recorded === undefined ? error : onceRecorded(error));
    return told(services, x, reply);
  } finally {
    x?.body?.discard();
    endPowersGone(services, x?.powersGone);
    if (x?.share !== undefined) services.shares.leave(x.share);
  }
}

function told(services: GatewayServices, x: ProviderExchange | undefined, reply: PeerReply): ProvidedReply {
  if (x !== undefined && isRestrictedRequest(x)) return { ...reply, sight: "restricted" };
  (x?.watch ?? services.monitor).ended(providerEnd(x, { kind: reply.kind, code: reply.error?.code ?? null }));
  return { ...reply, trace: x?.trace ?? null };
}

async function concludeWithoutAnswer(x: ProviderExchange, error: SealwayError): Promise<PeerReply> {
  const { id } = x.verified.document;
  const kind = noAnswerOf(error.code);
  if (error.code === "answer_not_kept") return keptAnswer(x) ?? unsigned(error, id);
  if (kind === "unsigned") return unsigned(error, id);
  try {
    // The guard speaks before a signature is spent: a resend of what was refused costs none.
    const told = x.recorded === undefined ? await recordRefused(x, error) : error;
    return await answerWithout(x, told, kind);
  } catch (thrown) {
    const again = asSealwayError(thrown);
    if (again.code === "answer_not_kept") return keptAnswer(x) ?? unsigned(again, id);
    return unsigned(x.recorded === undefined ? again : onceRecorded(again), id);
  }
}

/** What was not taken is not kept: of its body the record has the digest. */
async function recordRefused(x: ProviderExchange, error: SealwayError): Promise<SealwayError> {
  x.body?.discard();
  x.body = null;
  const told = await recordRefusedRequest(x, error);
  if (!isRestrictedRequest(x)) await keepPermissionRefusal(x, told);
  return told;
}

function keptAnswer(x: ProviderExchange): PeerReply | undefined {
  const kept = x.services.answers.get(x.verified);
  return kept && { kind: "signed", message: kept.message, body: kept.body, exchange: x.id, error: null };
}

async function answerWithout(
  x: ProviderExchange,
  error: SealwayError,
  kind: "refusal" | "fault",
): Promise<PeerReply> {
  const { services, trust, verified } = x;
  const now = services.clock.now();
  const provider = memberOf(providerOf(verified.document.service.id));
  const seal = x.seal ?? services.seals.get(services.owner);
  const problem = problemOf(error, "provider", x.id, contactOf(x));
  const document = composeAnswer(
    { document: verified.document, signature: verified.signature.compact },
    {
      ...outcomeOf(problem, kind),
      audience: "consumer",
      agreement: null,
      configuration: trust.configuration,
      contentKind: null,
      signerRole: seal.member === provider ? "member" : "server-owner",
      ts: now,
    },
  );
  const headers = [...answerHeaders(x), ...quotaHeaders(x, error.code), ...retryAfterLines(error)];
  const { message, body } = await sealUnanswered(seal, now, document, problem, headers);
  const returns = usesGivenBack(x, error.code);
  const context = {
    role: "provider",
    effect: "close",
    description: x.description,
    body: null,
    returns,
  } as const;
  await appendAnswer(services.log, x.watch, sentRecord(services, message, seal, context));
  services.answers.keep(message, body);
  return { kind: "signed", message, body, exchange: x.id, error };
}

/** Whom consumers call: the duty officer of the service where it has one, else the server's operator. */
function contactOf({ description, services, trust }: ProviderExchange): string | null {
  const duty = description?.document.contacts?.incidents;
  if (duty === undefined) return trust.directory.server(services.self)?.contact ?? null;
  return [duty.name, duty.telephone, duty.email].filter((part) => part !== undefined).join(", ");
}

function unsigned(error: SealwayError, exchangeId: string | null): PeerReply {
  return { kind: "unsigned", error, problem: problemOf(error, "provider", exchangeId) };
}
