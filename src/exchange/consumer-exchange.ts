import type { Readable } from "node:stream";
import type { AnsweredSubject } from "../catalogue/locate-answer-subjects.ts";
import type { LocatedSubject } from "../catalogue/locate-subjects.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import type { ClientId, ExchangeId, ServerId } from "../core/ids.ts";
import type { RequestTarget } from "../core/request-target.ts";
import type { TraceContext } from "../core/trace-context.ts";
import type { HeaderLine } from "../message/head.ts";
import type { SealedMessage } from "../message/seal-message.ts";
import type { VerifiedMessage } from "../message/verify-message.ts";
import type { Agreement } from "../policy/agreement.ts";
import type { Decision } from "../policy/decide.ts";
import type { Fact } from "../policy/decision/facts.ts";
import type { JudgedPermission } from "../policy/permissions/judge-permission.ts";
import type { Purpose } from "../policy/purpose.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";
import type { Body } from "./body.ts";
import { ExchangeTimes } from "./exchange-times.ts";
import { ExchangeWatch } from "./exchange-watch.ts";
import type { GatewayServices, MemberSeal, TrustSnapshot } from "./gateway-services.ts";
import type { PeerAnswer } from "./peer-client.ts";
import type { Recorded } from "./record.ts";
import type { PowerGone } from "./representation/judge-representation.ts";

/** Where a call came from. */
export type CallerConnection =
  | {
      readonly kind: "http" | "https";
      readonly address: string;
      /** SHA-256 (base64url) of the client certificate, or null without one. */
      readonly certificate: string | null;
    }
  /** From this process: nothing that comes over a network makes one. `tries`: for which purpose a dry run is made. */
  | { readonly kind: "gateway"; readonly tries?: ConsumerExchange["purpose"] };

/** A call as an information system (possibly hostile) makes it. */
export interface InformationSystemCall {
  readonly method: string;
  /** Raw request target. */
  readonly target: string;
  /** Names and values in turn, as node gives them. */
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
  readonly connection: CallerConnection;
  /** Lets a caller that waits for `100 Continue` send its body. */
  proceed(): void;
}

/** What the headers of a call say to the gateway. */
export interface RequestHeaders {
  /** Forwarded and signed, in the caller's order and case. */
  readonly forwarded: readonly HeaderLine[];
  /** As stated, or generated. */
  readonly queryId: string;
  readonly queryIdGenerated: boolean;
  readonly userId: string | null;
  readonly caseReference: string | null;
  readonly representedParty: string | null;
  readonly securityServer: ServerId | null;
  /** Id of the purpose that the caller names; null when it names none. */
  readonly purpose: string | null;
  /** Id of the permission that the caller names; null when the provider is to find one. */
  readonly permission: string | null;
  readonly decisionUse: "automated" | "caseworker" | "analytics" | "none" | null;
  /** Why the caller claims emergency access; null when it does not. */
  readonly emergency: string | null;
  readonly bearerToken: string | null;
}

/** One exchange on the consumer's side. Each step assigns what later ones read: `pipeline.ts` has the order. */
export class ConsumerExchange {
  readonly services: GatewayServices;
  readonly call: InformationSystemCall;
  readonly id: ExchangeId;
  readonly trust: TrustSnapshot;
  readonly times: ExchangeTimes;
  /** Told instead of the services' monitor, until the exchange has ended. */
  readonly watch: ExchangeWatch;

  // 1 parse
  client!: ClientId;
  /** As it is signed and forwarded. */
  rawTarget!: string;
  target!: RequestTarget;
  headers!: RequestHeaders;
  // 2 authenticate
  seal: MemberSeal | undefined;
  // 3 resolve
  description: ServiceDescription | undefined;
  endpoint: Endpoint | undefined;
  parameters!: ReadonlyMap<string, string>;
  to: SecurityServer | undefined;
  // 4 decide
  agreement: Agreement | null = null;
  /** What data is asked for, and whether the caller said so; null when it is not known. */
  purpose: { readonly purpose: Purpose; readonly source: "stated" | "defaulted" } | null = null;
  // 5 receive and validate
  body: Body | null = null;
  subjects: readonly LocatedSubject[] = [];
  /** The permission of a message, as it was judged; null where it needs none. Of all else the provider judges it. */
  permission: Fact<JudgedPermission | null> = "unknown";
  /** What ends behind the answer. */
  powersGone: readonly PowerGone[] = [];
  /** This side's verdict on a message, which binds. */
  decision: Decision | undefined;
  /** The JSON of a message, until it is decided what of it may be disclosed. */
  asked: unknown;
  /** The earlier exchange that this one is about. */
  about: ExchangeId | null = null;
  /** The query id as the clear part of the record may have it: null while it could still name the subject. */
  publicQueryId: string | null = null;
  /** This hop of the caller's trace; null also while its id could still name the subject. */
  trace: TraceContext | null = null;
  // 6 sign
  request!: SealedMessage;
  /** X-Road-Request-Hash. */
  requestHash!: string;
  // 7 record
  recorded: Recorded | undefined;
  /** The counters in which the record was counted. */
  counted: readonly string[] = [];
  // 8 send
  peerAnswer!: PeerAnswer;
  // 18 verify, receive, record
  answer!: VerifiedMessage;
  answerBody: Body | null = null;
  /** Whom the answer names, as far as it is what the provider committed to. */
  answerSubjects: readonly AnsweredSubject[] = [];

  constructor(services: GatewayServices, call: InformationSystemCall, id: ExchangeId, trust: TrustSnapshot) {
    this.services = services;
    this.call = call;
    this.id = id;
    this.trust = trust;
    this.times = new ExchangeTimes(services.clock);
    this.watch = new ExchangeWatch(services.monitor);
  }
}
