import { SealwayError } from "../../core/errors.ts";
import { randomOctets } from "../../core/random.ts";
import { singleHeader } from "../../message/agreement-with-head.ts";
import { commit } from "../../message/commitment.ts";
import type { HeaderLine } from "../../message/head.ts";
import { noOpenings } from "../../message/openings.ts";
import { sealMessage } from "../../message/seal-message.ts";
import { permissionScheme } from "../../policy/permissions/permission.ts";
import { commitSubjects } from "../answer-subjects.ts";
import { composeAnswer } from "../compose-answer.ts";
import { reference } from "../compose-request.ts";
import { permissionHeader } from "../permissions/permission-header.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { quotaHeaders } from "../quotas.ts";
import { required } from "../required.ts";

/** Step 15: signs what the consumer will get, bound to the request that asked for it. */
export async function signAnswer(x: ProviderExchange): Promise<void> {
  const { services, seal, verified } = x;
  const now = services.clock.now();
  const { openings, ...persons } = commitSubjects(seal.commitmentKey, x.id, x.answerSubjects);
  const account = composeAnswer(
    { document: verified.document, signature: verified.signature.compact },
    {
      type: "response",
      audience: "consumer",
      agreement: x.agreement === null ? null : reference(x.agreement),
      configuration: x.trust.configuration,
      contentKind: required(x.description).contentKind,
      decision: { code: null, fieldsRemoved: x.fieldsRemoved, verdict: "permit" },
      fault: null,
      signerRole: "member",
      ts: now,
    },
  );
  const permission = commitPermission(x);
  const document = { ...account, ...persons, permission: permission?.commitment ?? null };
  const { status, reason, headers } = x.answerStart;
  const head = {
    start: { kind: "response", status, reason } as const,
    headers: [...headers, ...answerHeaders(x), ...permissionHeader(x), ...quotaHeaders(x, null)],
    body: x.answerBody,
    asOf: null,
    openings: { ...noOpenings, subjects: openings, permission: permission?.opening ?? null },
    nonce: randomOctets(16),
  };
  x.answer = await sealMessage(seal.signer, now, document, head, seal.staple()).catch(tellService);
}

/** By which permission it was: the consumer, to whom it was given, may not have named it. */
function commitPermission({ id, permission, seal }: ProviderExchange): ReturnType<typeof commit> | undefined {
  const given = permission === "unknown" ? undefined : permission?.permission;
  return given && commit(seal.commitmentKey, id, "permission", 0, permissionScheme, given.id);
}

/** Headers that no message can carry are the service's fault here, not the consumer's. */
function tellService(error: unknown): never {
  if (!(error instanceof SealwayError) || error.code !== "headers_too_large") throw error;
  throw new SealwayError("invalid_response", error.detail);
}

/** X-Road's response headers, in its order and case. */
export function answerHeaders(x: ProviderExchange): HeaderLine[] {
  const { document, head } = x.verified;
  return [
    ["x-road-id", singleHeader(head.headers, "x-road-id") ?? ""],
    ["x-road-client", document.client],
    ["x-road-service", document.service.id],
    ["x-road-request-id", document.id],
    ["x-road-request-hash", x.requestHash],
  ];
}
