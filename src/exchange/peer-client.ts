import type { Readable } from "node:stream";
import type { WireMessage } from "../message/wire.ts";
import type { SecurityServer } from "../trust/global-configuration.ts";
import type { Body } from "./body.ts";

/** A signed and recorded request on its way to the provider's security server. */
export interface PeerRequest {
  readonly to: SecurityServer;
  readonly message: WireMessage;
  /** Null when the request has no body. */
  readonly body: Body | null;
  /** Milliseconds since the epoch: no attempt begins or lasts beyond it. */
  readonly deadline: number;
  /** Milliseconds since the epoch of the signature: an old message is not sent any more. */
  readonly sentAt: number;
}

/** What came back over the authenticated connection; the message in it is not verified yet. */
export interface PeerAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Whole up to 64 KiB; a stream that does not end well is `peer_cut_off` or `peer_timeout` to `receiveBody`. */
  readonly body: Buffer | Readable;
}

export interface PeerClient {
  /**
   * Sends the request to one of the server's addresses. Another address is tried while nothing was sent; once
   * something was, the identical message goes to the same server again, whose replay guard answers it once.
   * @throws SealwayError `peer_unreachable`, `peer_unknown` (its certificate is not the server's), `peer_timeout`,
   *   `peer_cut_off`, `malformed_message` (no HTTP), `deadline_exceeded` (nothing was sent)
   */
  send(request: PeerRequest): Promise<PeerAnswer>;
  /** Gives all connections up: running calls are broken off, so drain first. */
  close(): Promise<void>;
}
