import type { TLSSocket } from "node:tls";
import { sha256, toBase64Url } from "../core/bytes.ts";

const known = new WeakMap<TLSSocket, string>();

/**
 * SHA-256 (base64url) of the certificate with which the peer proved possession of its key, or null when it showed
 * none. Who that is, is for the configuration to say, for every request anew.
 */
export function tlsFingerprint(socket: TLSSocket): string | null {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const raw = socket.getPeerCertificate(false)?.raw as Buffer | undefined;
  if (raw === undefined) return null;
  const fingerprint = toBase64Url(sha256(raw));
  known.set(socket, fingerprint);
  return fingerprint;
}
