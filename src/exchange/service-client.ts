import type { Readable } from "node:stream";
import type { ClientId } from "../core/ids.ts";
import type { HeaderLine } from "../message/head.ts";
import type { Body } from "./body.ts";

/** A call of the provider's information system, exactly as authorised. */
export interface ServiceCall {
  /** Whose client certificate, connections and allowed hosts are used. */
  readonly subsystem: ClientId;
  /** Base URL of the service. */
  readonly target: URL;
  readonly method: string;
  /** Raw path behind the base URL and raw query, forwarded byte for byte. */
  readonly pathAndQuery: string;
  /** As `serviceRequestHeaders` leaves them. */
  readonly headers: readonly HeaderLine[];
  readonly body: Body | null;
  /** Milliseconds since the epoch for the whole answer. */
  readonly deadline: number;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly reason: string;
  /** In the service's order and case, duplicates kept. */
  readonly headers: readonly HeaderLine[];
  /** Whole up to 64 KiB, else a stream that ends with a SealwayError when it does not end well. */
  readonly body: Buffer | Readable;
}

export interface ServiceClient {
  /**
   * Calls the information system once; redirects are not followed, cookies not kept, nothing is decoded.
   * @throws SealwayError `target_not_allowed`, `service_unreachable`, `service_timeout`, `service_cut_off`,
   *   `invalid_response` (no HTTP/1.1, an interim status, an upgrade), `deadline_exceeded` (nothing was sent)
   */
  call(call: ServiceCall): Promise<ServiceAnswer>;
  /** Gives all connections up: running calls are broken off, so drain first. */
  close(): Promise<void>;
}
