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
  /** When the message was signed, milliseconds since the epoch: one older than 20 s is not sent any more. */
  readonly sentAt: number;
}

/** What came back over the authenticated connection; the message in it is not verified yet. */
export interface PeerAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** One Buffer for a small answer. */
  readonly body: Readable | Buffer;
}

export interface PeerClient {
  /**
   * Sends the request to one of the server's addresses. Another address is tried only while nothing was sent;
   * once something was, the identical message goes to the same server again, whose replay guard answers it once.
   * @throws SealwayError `peer_unreachable`, `peer_unknown` (its certificate is not the server's), `peer_timeout`,
   *   `peer_cut_off`, `deadline_exceeded`
   */
  send(request: PeerRequest): Promise<PeerAnswer>;
  close(): Promise<void>;
}
