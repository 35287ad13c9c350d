import type { ServiceDescription } from "../catalogue/service-description.ts";
import { sha256 } from "../core/bytes.ts";
import { monotonic } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { memberOf, providerOf } from "../core/ids.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { Openings } from "../message/openings.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { VerifiedMessage } from "../message/verify-message.ts";
import type {
  AppendOutcome,
  CounterUse,
  GuardEntry,
  MessageLog,
  MessageRecord,
  NamedSubject,
} from "../messagelog/message-record.ts";
import type { Body } from "./body.ts";
import type { ExchangeMonitor } from "./exchange-monitor.ts";
import type { GatewayServices, MemberSeal } from "./gateway-services.ts";
import { readersOfRecord } from "./restriction-of.ts";

declare const recorded: unique symbol;

/** Proof that a request is durable in the log; only `appendRequest` makes one, sending and calling demand it. */
export interface Recorded {
  readonly [recorded]: true;
  /** The counts of what it uses, with these uses in them. */
  readonly uses?: readonly number[];
}

/** Nothing was recorded: something that the request uses is used up. Whoever asked for the use says what that means. */
export class UsedUpError extends Error {
  override readonly name = "UsedUpError";
  readonly counter: string;
  /** The exchange that used it first, where there is one. */
  readonly first: string | null;

  constructor(counter: string, first: string | null) {
    super(`${counter} is used up`);
    this.counter = counter;
    this.first = first;
  }
}

/** How long a closed entry stays in the replay guard: twice the freshness window and the longest queue. */
const guardFor = 300_000;

/** This server's part in an exchange. */
export type Role = GuardEntry["role"];

/** Told of each record that is durable: of a call, its own watch. */
type AppendWatch = Pick<ExchangeMonitor, "appended">;

/**
 * Appends the request that opens an exchange.
 * @throws SealwayError `replay`, `exchange_in_progress`, `answer_not_kept` by what the guard says; `log_unavailable`
 * @throws UsedUpError
 */
export async function appendRequest(
  log: MessageLog,
  watch: AppendWatch,
  record: MessageRecord,
): Promise<Recorded> {
  const outcome = await append(log, watch, record);
  if (outcome.outcome === "recorded") return outcome as unknown as Recorded;
  throw guardError(outcome);
}

/** Appends the answer, refusal or fault that closes an exchange. @throws SealwayError as `appendRequest` */
export async function appendAnswer(
  log: MessageLog,
  watch: AppendWatch,
  record: MessageRecord,
): Promise<void> {
  const outcome = await append(log, watch, record);
  if (outcome.outcome !== "recorded") throw guardError(outcome);
}

async function append(log: MessageLog, watch: AppendWatch, record: MessageRecord): Promise<AppendOutcome> {
  const began = monotonic();
  const outcome = await log.append(record);
  if (outcome.outcome === "recorded") watch.appended(monotonic() - began);
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
  /** As `MessageRecord.uses` and `returns`. */
  readonly uses?: readonly CounterUse[] | undefined;
  readonly returns?: readonly string[] | undefined;
}

/** The record of a message that this server signed. */
export function sentRecord(
  services: Pick<GatewayServices, "retention" | "restrictions">,
  message: SealedMessage,
  seal: MemberSeal,
  { role, effect, description, body, persons, uses, returns }: RecordContext,
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
    retention: services.retention.of(seal.member, document.service.id, description),
    body,
    subjects: persons ?? namedSubjects(document, openings),
    signature,
    certificate: { sha256: certificate.fingerprint, der: certificate.der, issuerDer: seal.issuer.der },
    ocsp: message.staple,
    guard: guardOf(message, role, effect),
    uses,
    returns,
    ...restrictedPart(services, document, document.ts),
  };
}

/** The record of a message that this server received and verified. */
export function receivedRecord(
  services: Pick<GatewayServices, "retention" | "restrictions" | "clock">,
  message: VerifiedMessage,
  { role, effect, description, body, persons, uses, returns }: RecordContext,
): MessageRecord {
  const { document, head, wire, seal, ocsp } = message;
  const member = memberOf(role === "consumer" ? document.client : providerOf(document.service.id));
  const time = services.clock.now();
  return {
    exchangeId: document.id,
    direction: "received",
    type: document.type as MessageRecord["type"],
    member,
    time,
    exchange: wire.exchange,
    head: wire.head,
    retention: services.retention.of(member, document.service.id, description),
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
    uses,
    returns,
    ...restrictedPart(services, document, time),
  };
}

function restrictedPart(
  services: Pick<GatewayServices, "restrictions">,
  document: ExchangeDocument,
  time: number,
): Pick<MessageRecord, "restrictedTo"> {
  const restrictedTo = readersOfRecord(services, document, time);
  return restrictedTo === undefined ? {} : { restrictedTo };
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

function guardError(outcome: Exclude<AppendOutcome, { outcome: "recorded" }>): Error {
  if (outcome.outcome === "exhausted") return new UsedUpError(outcome.counter, outcome.first);
  if (outcome.outcome === "replay") {
    return new SealwayError("replay", "another message with this exchange id was recorded before");
  }
  return outcome.state === "open"
    ? new SealwayError("exchange_in_progress", "the same message is being worked on")
    : new SealwayError("answer_not_kept", "the same message was answered before");
}
