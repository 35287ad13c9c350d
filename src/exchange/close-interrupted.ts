import { SealwayError } from "../core/errors.ts";
import { memberOf, providerOf } from "../core/ids.ts";
import { isPublicQueryId } from "../message/agreement-with-head.ts";
import { type ExchangeDocument, parseExchange } from "../message/exchange-document.ts";
import type { HeaderLine } from "../message/head.ts";
import type { OpenRequest } from "../messagelog/message-record.ts";
import { composeAnswer } from "./compose-answer.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { noAnswerOf } from "./no-answer.ts";
import { problemOf } from "./problem.ts";
import { appendAnswer, sentRecord } from "./record.ts";
import { outcomeOf, sealUnanswered } from "./unanswered.ts";

/** As whom a member closes what it has asked or was asked; for one that is not served here any more, the owner does. */
const ownRole = { consumer: "client", provider: "member" } as const;

/** Stands for an X-Road-Id that only the erased or encrypted head of the request has; no public id looks like it. */
const unknownQueryId = "(see the request)";

/**
 * Closes exchanges that an earlier run left open by a signed `interrupted`, so that every request in the log has its
 * end: what the information system did in the meantime is not known, and the record says so.
 * @returns those that cannot be closed yet, because the gateway is unable to sign or record
 */
export async function closeInterrupted(
  services: GatewayServices,
  open: readonly OpenRequest[],
): Promise<readonly OpenRequest[]> {
  const left: OpenRequest[] = [];
  for (const request of open) {
    try {
      await close(services, request);
    } catch (error) {
      if (!(error instanceof SealwayError && noAnswerOf(error.code) === "unsigned")) throw error;
      left.push(request);
    }
  }
  return left;
}

async function close(services: GatewayServices, { role, exchange, signature }: OpenRequest): Promise<void> {
  const { configuration, catalogue } = services.trust();
  const document = parseExchange(exchange);
  const member = memberOf(role === "consumer" ? document.client : providerOf(document.service.id));
  const seal = services.seals.get(member) ?? services.seals.get(services.owner);
  if (seal === undefined) throw new SealwayError("signer_unavailable", "the server's owner has no seal here");
  const now = services.clock.now();
  const problem = problemOf(new SealwayError("interrupted", "the server restarted"), role, document.id);
  const answer = composeAnswer(
    { document, signature },
    {
      ...outcomeOf(problem, "fault"),
      audience: role === "consumer" ? "self" : "consumer",
      agreement: null,
      configuration,
      contentKind: null,
      signerRole: seal.member === member ? ownRole[role] : "server-owner",
      ts: now,
    },
  );
  const { message } = await sealUnanswered(seal, now, answer, problem, headersOf(document));
  await services.context.keep(configuration, undefined, null);
  const description = catalogue.service(document.service.id);
  const context = { role, effect: "close", description, body: null } as const;
  await appendAnswer(services.log, services.monitor, sentRecord(services, message, seal, context));
}

function headersOf(document: ExchangeDocument): HeaderLine[] {
  const { queryId } = document;
  return [
    ["x-road-id", queryId !== null && isPublicQueryId(queryId) ? queryId : unknownQueryId],
    ["x-road-client", document.client],
    ["x-road-service", document.service.id],
    ["x-road-request-id", document.id],
  ];
}
