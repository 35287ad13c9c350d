import type { IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { Country } from "./country.ts";

/** What every handler may look at. The country is generated at the first look. */
export interface Source {
  readonly country: Country;
  readonly clock: Clock;
}

/** One call of an endpoint; everything but `source` is the caller's. */
export interface Call {
  readonly source: Source;
  readonly request: IncomingMessage;
  /** The decoded values of the template's parts in braces. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export type Reply =
  | { readonly kind: "json"; readonly status: number; readonly body: unknown }
  | { readonly kind: "bytes"; readonly type: string; readonly body: Buffer }
  | StreamReply
  | { readonly kind: "empty"; readonly status: number }
  | { readonly kind: "cut"; readonly announced: number; readonly sent: number };

/** Blocks are pulled as fast as the caller reads; `length` is their sum, or undefined when not known. */
export interface StreamReply {
  readonly kind: "stream";
  readonly type: string;
  readonly length: number | undefined;
  readonly blocks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** Method, path template with parts in braces, what answers. A GET answers HEAD as well. */
export type Route = readonly [method: "GET" | "POST", template: string, handler: Handler];

/** A JSON answer. */
export function json(body: unknown, status = 200): Reply {
  return { kind: "json", status, body };
}

/** An error as registers tell it; `message` holds no personal data. */
export function refuse(status: number, error: string, message: string): Reply {
  return json({ error, message }, status);
}
