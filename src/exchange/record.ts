import type { ServiceDescription } from "../catalogue/service-description.ts";
import { sha256 } from "../core/bytes.ts";
import { monotonic } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { memberOf, providerOf } from "../core/ids.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { Openings } from "../message/openings.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { VerifiedMessage } from "../message/verify-message.ts";
import type { AppendOutcome, GuardEntry, MessageRecord, NamedSubject } from "../messagelog/message-record.ts";
import type { Body } from "./body.ts";
import type { GatewayServices, MemberSeal } from "./gateway-services.ts";

declare const recorded: unique symbol;

/** Proof that a request is durable in the log; only `appendRequest` makes one, sending and calling demand it. */
export interface Recorded {
  readonly [recorded]: true;
}

/** How long a closed entry stays in the replay guard: twice the freshness window and the longest queue. */
const guardFor = 300_000;

/** This server's part in an exchange. */
export type Role = GuardEntry["role"];

/**
 * Appends the request that opens an exchange.
 * @throws SealwayError `replay`, `exchange_in_progress`, `answer_not_kept` by what the guard says; `log_unavailable`
 */
export async function appendRequest(services: GatewayServices, record: MessageRecord): Promise<Recorded> {
  const outcome = await append(services, record);
  if (outcome.outcome === "recorded") return outcome as unknown as Recorded;
  throw guardError(outcome);
}

/** Appends the answer, refusal or fault that closes an exchange. @throws SealwayError as `appendRequest` */
export async function appendAnswer(services: GatewayServices, record: MessageRecord): Promise<void> {
  const outcome = await append(services, record);
  if (outcome.outcome !== "recorded") throw guardError(outcome);
}

async function append({ log, monitor }: GatewayServices, record: MessageRecord): Promise<AppendOutcome> {
  const began = monotonic();
  const outcome = await log.append(record);
  if (outcome.outcome === "recorded") monitor.appended(monotonic() - began);
  return outcome;
}

/** What the record of a message has beside the message itself. */
export interface RecordContext {
  readonly role: Role;
  readonly effect: GuardEntry["effect"];
  /** Whose proposal for the retention counts; undefined where it is not known any more. */
  readonly description: ServiceDescription | undefined;
  /** Kept where rules or description ask for it; null when there is none, or it is none of the service's. */
  readonly body: Body | null;
  /** Under whom it is found, where the commitments hide lists; those whom they hide when it is missing. */
  readonly persons?: readonly NamedSubject[] | undefined;
}

/** The record of a message that this server signed. */
export function sentRecord(
  { retention }: Pick<GatewayServices, "retention">,
  message: SealedMessage,
  seal: MemberSeal,
  { role, effect, description, body, persons }: RecordContext,
): MessageRecord {
  const { document, exchange, head, openings, signature } = message;
  const { certificate } = seal.signer;
  return {
    exchangeId: document.id,
    direction: "sent",
    type: document.type as MessageRecord["type"],
    member: seal.member,
    time: document.ts,
    exchange,
    head,
    retention: retention.of(seal.member, document.service.id, description),
    body,
    subjects: persons ?? namedSubjects(document, openings),
    signature,
    certificate: { sha256: certificate.fingerprint, der: certificate.der, issuerDer: seal.issuer.der },
    ocsp: message.staple,
    guard: guardOf(message, role, effect),
  };
}

/** The record of a message that this server received and verified. */
export function receivedRecord(
  { retention, clock }: Pick<GatewayServices, "retention" | "clock">,
  message: VerifiedMessage,
  { role, effect, description, body, persons }: RecordContext,
): MessageRecord {
  const { document, head, wire, seal, ocsp } = message;
  const member = memberOf(role === "consumer" ? document.client : providerOf(document.service.id));
  return {
    exchangeId: document.id,
    direction: "received",
    type: document.type as MessageRecord["type"],
    member,
    time: clock.now(),
    exchange: wire.exchange,
    head: wire.head,
    retention: retention.of(member, document.service.id, description),
    body,
    subjects: persons ?? namedSubjects(document, head.openings),
    signature: wire.signature,
    certificate: {
      sha256: seal.certificate.fingerprint,
      der: seal.certificate.der,
      issuerDer: seal.issuer.der,
    },
    ocsp: { sha256: ocsp.sha256, der: wire.ocsp, thisUpdate: ocsp.thisUpdate },
    guard: guardOf({ document, signature: wire.signature }, role, effect),
  };
}

/** The commitments in the signed document name role and scheme; their openings, in the head, the persons. */
function namedSubjects({ subjects }: ExchangeDocument, openings: Openings): NamedSubject[] {
  return subjects.flatMap(({ role, scheme }, i) => {
    const opening = openings.subjects[i];
    return opening === undefined ? [] : [{ role, scheme, value: opening.value }];
  });
}

function guardOf(
  message: Pick<SealedMessage, "document" | "signature">,
  role: Role,
  effect: GuardEntry["effect"],
): GuardEntry {
  const { document } = message;
  const server = document.type === "request" ? document.from : document.to;
  return {
    role,
    server,
    effect,
    digest: sha256(message.signature),
    expires: document.deadline + guardFor,
  };
}

function guardError(outcome: Exclude<AppendOutcome, { outcome: "recorded" }>): SealwayError {
  if (outcome.outcome === "replay") {
    return new SealwayError("replay", "another message with this exchange id was recorded before");
  }
  return outcome.state === "open"
    ? new SealwayError("exchange_in_progress", "the same message is being worked on")
    : new SealwayError("answer_not_kept", "the same message was answered before");
}
