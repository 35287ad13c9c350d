import type { Readable } from "node:stream";
import type { AnsweredSubject } from "../catalogue/locate-answer-subjects.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import type { MemberId } from "../core/ids.ts";
import type { RequestTarget } from "../core/request-target.ts";
import type { TraceContext } from "../core/trace-context.ts";
import type { HeaderLine } from "../message/head.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { VerifiedMessage } from "../message/verify-message.ts";
import type { CounterUse } from "../messagelog/message-record.ts";
import type { Agreement } from "../policy/agreement.ts";
import type { Decision } from "../policy/decide.ts";
import type { Fact } from "../policy/decision/facts.ts";
import type { JudgedPermission } from "../policy/permissions/judge-permission.ts";
import type { Purpose } from "../policy/purpose.ts";
import type { Rate } from "../policy/quota.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";
import type { Body } from "./body.ts";
import { ExchangeTimes } from "./exchange-times.ts";
import { ExchangeWatch } from "./exchange-watch.ts";
import type { GatewayServices, MemberSeal, ServiceSettings, TrustSnapshot } from "./gateway-services.ts";
import type { Recorded } from "./record.ts";
import type { PowerGone } from "./representation/judge-representation.ts";
import type { ServiceAnswer } from "./service-client.ts";

/** A message as a peer (possibly hostile) sends it. */
export interface PeerCall {
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  /** SHA-256 (base64url) of the TLS certificate that the connection showed, or null. */
  readonly certificate: string | null;
  /** Lets a peer that waits for `100 Continue` send its body. */
  proceed(): void;
}

/** One exchange on the provider's side. Each step assigns what later ones read: `pipeline.ts` has the order. */
export class ProviderExchange {
  readonly services: GatewayServices;
  readonly call: PeerCall;
  /** Renewed in step 9 at most, when the consumer knows a version of the service that came since. */
  trust: TrustSnapshot;
  readonly times: ExchangeTimes;
  /** Told instead of the services' monitor, until the exchange has ended. */
  readonly watch: ExchangeWatch;

  // 9 verify
  peer!: SecurityServer;
  request: VerifiedMessage | undefined;
  requestHash!: string;
  service: ServiceSettings | undefined;
  seal!: MemberSeal;
  /** In whose share it is, until it ends. */
  share: MemberId | undefined;
  description: ServiceDescription | undefined;
  target!: RequestTarget;
  /** When the provider's side must be done, milliseconds: the consumer's deadline, or its own service's time-out. */
  deadline!: number;
  endpoint!: Endpoint;
  parameters!: ReadonlyMap<string, string>;
  // 10 receive
  body: Body | null = null;
  /** The JSON of a message, until it is decided what of it may be disclosed. */
  asked: unknown;
  /** This hop of the caller's trace; null also while its id could still name a person. */
  trace: TraceContext | null = null;
  // 11 decide
  /** The permission of the call, as it was judged; null where it needs none. */
  permission: Fact<JudgedPermission | null> = "unknown";
  /** What ends behind the answer. */
  powersGone: readonly PowerGone[] = [];
  /** With its whole trace; undefined where nothing is to decide. */
  decision: Decision | undefined;
  agreement: Agreement | null = null;
  /** The purpose that the consumer signed for. */
  purpose: Purpose | null = null;
  // 12 record
  /** What else the call uses up, beside its quotas. */
  uses: CounterUse[] = [];
  recorded: Recorded | undefined;
  /** The counters in which the record was counted. */
  counted: readonly string[] = [];
  /** What is left of the quotas in which it was counted, or of the one that is used up. */
  rates: readonly Rate[] = [];
  // 13 call
  serviceAnswer!: Omit<ServiceAnswer, "body">;
  answerBody: Body | null = null;
  // 14 validate and cut
  /** The answer's JSON, before fields that are not allowed are cut; undefined without a body or where it is not read. */
  answered: unknown;
  /** Whom the answer that is delivered names. */
  answerSubjects: readonly AnsweredSubject[] = [];
  /** The answer had members that the description does not know. */
  unknownRemoved = false;
  /** JSON pointers; see the exchange's specification. */
  fieldsRemoved: readonly string[] = [];
  answerStart!: { readonly status: number; readonly reason: string; readonly headers: readonly HeaderLine[] };
  // 15 sign
  answer!: SealedMessage;

  constructor(services: GatewayServices, call: PeerCall, trust: TrustSnapshot) {
    this.services = services;
    this.call = call;
    this.trust = trust;
    this.times = new ExchangeTimes(services.clock);
    this.watch = new ExchangeWatch(services.monitor);
  }

  /** The exchange id, empty before step 9 has verified the request. */
  get id(): string {
    return this.request?.document.id ?? "";
  }

  /** The request, once step 9 has verified it. */
  get verified(): VerifiedMessage {
    if (this.request === undefined) throw new TypeError("the request is not verified yet");
    return this.request;
  }
}
