import { serializeHead } from "../../../src/message/head.ts";
import type { LoggedMessage } from "../country/logged.ts";
import { Peer, type PeerAnswer } from "../country/peer.ts";
import type { SmallCountry } from "../country.ts";

/** Sends a request out of the asking server's log once more, byte for byte, as that server. @param port of the provider */
export async function resend(
  country: SmallCountry,
  { record, head, document }: LoggedMessage,
  port: number,
): Promise<PeerAnswer> {
  const peer = new Peer(country, country.asking.parts.tls, port);
  const { exchange, signature } = record;
  const message = { exchange, head: serializeHead(head), signature, ocsp: record.ocsp.der };
  try {
    return await peer.send({ id: document.id, message, body: Buffer.alloc(0) });
  } finally {
    peer.close();
  }
}
