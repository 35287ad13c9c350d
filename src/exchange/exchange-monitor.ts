import type { ErrorCode } from "../core/error-codes.ts";
import type { ClientId, ServerId, ServiceId } from "../core/ids.ts";
import type { TraceContext } from "../core/trace-context.ts";

/*
 * What the exchange tells those who watch how it goes: figures and names that are registered. Nothing in it comes from
 * what a caller wrote freely, and nothing names a person.
 */

/** This server's part in an exchange. */
export type ExchangeRole = "consumer" | "provider";

/**
 * How it ended here: with the service's answer, whatever its status; with a refusal (a rule said no) or a fault (nobody
 * answered); with the answer that an earlier sending of the same message had; or not taken at all.
 */
export type ExchangeOutcome = "answered" | "refused" | "failed" | "resent" | "not_taken";

/** One exchange, or what was to become one, that has ended here. */
export interface ExchangeEnd {
  readonly role: ExchangeRole;
  readonly outcome: ExchangeOutcome;
  /** Why there is no answer, also where the peer said so. */
  readonly code: ErrorCode | null;
  /** How long it took, on the monotonic clock. */
  readonly milliseconds: number;
  /** Null for a stranger's call: what it says of itself is nobody's word. */
  readonly account: ExchangeAccount | null;
}

/** Times are milliseconds since the epoch; null for what did not happen. */
export interface ExchangeAccount {
  readonly exchangeId: string;
  readonly client: ClientId;
  /** Null unless the catalogue has it: what stands in a name's place could be a person's. */
  readonly service: { readonly id: ServiceId; readonly version: string } | null;
  readonly endpoint: { readonly method: string; readonly template: string } | null;
  readonly clientServer: ServerId;
  readonly serviceServer: ServerId | null;
  /** X-Road-Id, where it is one that may stand in clear. */
  readonly messageId: string | null;
  readonly trace: TraceContext | null;
  readonly requestIn: number;
  readonly requestOut: number | null;
  readonly responseIn: number | null;
  readonly responseOut: number;
  /** Lengths of the bodies; null for one that did not come or was not read. */
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  /** The service's own; null without an answer. */
  readonly status: number | null;
}

/**
 * A request or answer that breaks the description of its service. Place and keyword are the schema's own, never what
 * stands in the message.
 */
export interface DescriptionBreach {
  readonly role: ExchangeRole;
  readonly exchangeId: string;
  readonly service: { readonly id: ServiceId; readonly version: string };
  readonly endpoint: { readonly method: string; readonly template: string };
  readonly message: "request" | "answer";
  /** JSON pointer into the body, or `path:name`, `query:name`. */
  readonly place: string;
  readonly keyword: string;
  readonly fate: "delivered" | "refused";
}

/** Told of what happens on the path of every exchange: must cost next to nothing and never throw. */
export interface ExchangeMonitor {
  /** A passage has done a group of its steps. @param group index in `stepGroups` of `pipeline.ts` */
  spent(group: number, milliseconds: number): void;
  /** A record is durable. @param milliseconds since it was handed over */
  appended(milliseconds: number): void;
  /** Something breaks its description, once for each message. */
  breach(breach: DescriptionBreach): void;
  ended(end: ExchangeEnd): void;
}
