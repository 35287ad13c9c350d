import { randomOctets } from "../../core/random.ts";
import { canonicalBytes, type HeaderLine } from "../../message/head.ts";
import { requestHash } from "../../message/request-hash.ts";
import { sealMessage } from "../../message/seal-message.ts";
import { composeRequest } from "../compose-request.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { permissionHeader } from "../permissions/permission-header.ts";
import { required } from "../required.ts";
import { withTraceHop } from "../trace-hop.ts";

/** Step 6: writes `exchange` and `head` and signs them with the client member's seal. */
export async function signRequest(x: ConsumerExchange): Promise<void> {
  const seal = required(x.seal);
  const now = x.services.clock.now();
  const { document, openings } = composeRequest(x, seal, now);
  const headers: HeaderLine[] = [...withTraceHop(x.headers.forwarded, x.trace), ["x-road-request-id", x.id]];
  if (x.headers.queryIdGenerated) headers.push(["x-road-id", x.headers.queryId]);
  headers.push(...permissionHeader(x));
  const start = { kind: "request", method: x.call.method, target: x.rawTarget } as const;
  x.requestHash = requestHash(canonicalBytes(start, headers), x.body?.digest ?? null);
  const head = { start, headers, body: x.body, asOf: null, openings, nonce: randomOctets(16) };
  x.request = await sealMessage(seal.signer, now, document, head, seal.staple());
}
