import { Readable } from "node:stream";
import type { ErrorCode } from "../../core/error-codes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { consume } from "../consume.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { bytesOf } from "../json-body.ts";
import type { BuiltInCode } from "./built-in-services.ts";

/** What the gateway itself asks of another one. */
export interface PeerQuestion {
  /** In whose name; it is served here. */
  readonly client: ClientId;
  /** At which subsystem of the other side. */
  readonly subsystem: ClientId;
  readonly code: BuiltInCode;
  readonly path: string;
  /** Sent with POST, as JSON; GET without one. */
  readonly body?: object;
  /** For which purpose a dry run is made. */
  readonly tries?: ConsumerExchange["purpose"];
}

/** What the peer itself said in place of an answer: its signed refusal or fault, or a status that is not 200. */
export class PeerSaysNo extends SealwayError {
  /** The rule that refused it, where the peer named one. */
  readonly rule: string | null;

  constructor(code: ErrorCode, detail: string, rule: string | null = null) {
    super(code, detail);
    this.rule = rule;
  }
}

/**
 * Calls a built-in service of a peer by an ordinary exchange: signed by the client's member, recorded, verified.
 * @returns the bytes of an answer with status 200
 * @throws PeerSaysNo, with `invalid_response` for another status; SealwayError what else ended the exchange
 */
export async function callPeer(services: GatewayServices, question: PeerQuestion): Promise<Buffer> {
  const { client, subsystem, code, path, body, tries = null } = question;
  const sent =
    body === undefined
      ? { method: "GET", type: [], body: Readable.from([]) }
      : {
          method: "POST",
          type: ["Content-Type", "application/json"],
          body: Readable.from([Buffer.from(JSON.stringify(body))]),
        };
  const reply = await consume(services, {
    method: sent.method,
    target: `/r1/${subsystem}/${code}${path}`,
    rawHeaders: ["X-Road-Client", client, ...sent.type],
    body: sent.body,
    connection: { kind: "gateway", tries },
    proceed: () => {},
  });
  if (reply.kind === "problem") {
    throw reply.error ?? new PeerSaysNo(reply.problem.code, reply.problem.detail, reply.problem.rule);
  }
  const bytes = reply.body === null ? Buffer.alloc(0) : await bytesOf(reply.body);
  reply.body?.discard();
  if (reply.status === 200) return bytes;
  throw new PeerSaysNo("invalid_response", `${subsystem}/${code} answered ${reply.status}`);
}
