import { SealwayError } from "../core/errors.ts";
import { type ClientId, parseClientId } from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { isUuidV7 } from "../core/uuid.ts";
import { callPeer } from "../exchange/builtin/call-peer.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** The order by which the console has the other side's evidence fetched. */
const otherSideOrder = "other-side";

export interface OtherSideOrder {
  readonly exchange: string;
  /** The subsystem that took part here, in whose name it is asked. */
  readonly own: ClientId;
  readonly peer: ClientId;
}

/** An answer of an order is one line of a socket; bytes. */
const mostBytes = 1_000_000;

/**
 * Has the running server ask the other side of an exchange for its evidence package, by `sealway.evidence`.
 * @throws SealwayError as the peer or the server said it; `signer_unavailable` when none is running
 */
export async function orderOtherSide(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  wanted: OtherSideOrder,
): Promise<Buffer> {
  const answered = await giveOrder(stateDirectory, { order: otherSideOrder, ...wanted });
  if (answered === undefined)
    throw new SealwayError(
      "signer_unavailable",
      "the security server is not running: start it, it asks the other side",
    );
  return Buffer.from((answered.report as { readonly bytes: string }).bytes, "base64");
}

/**
 * Asks the other side as the console orders it.
 * @returns undefined for an order about something else
 * @throws SealwayError `bad_request`; as `callPeer`; `body_too_large` for a package that no order takes
 */
export function fetchOtherSide(
  services: GatewayServices,
  bytes: Buffer,
): Promise<{ readonly bytes: string }> | undefined {
  const order = parseStrictJson(bytes, "bad_request") as
    | ({ readonly order: unknown } & Partial<OtherSideOrder>)
    | null;
  if (order?.order !== otherSideOrder) return undefined;
  const { exchange, own, peer } = order;
  if (typeof own !== "string" || typeof peer !== "string" || !isUuidV7(exchange ?? ""))
    throw new SealwayError("bad_request", "the order lacks exchange, own or peer");
  const question = {
    ...{ client: parseClientId(own), subsystem: parseClientId(peer) },
    ...({ code: "sealway.evidence", path: `/exchanges/${exchange}` } as const),
  };
  return (async () => {
    const fetched = await callPeer(services, question);
    if (fetched.length > mostBytes)
      throw new SealwayError("body_too_large", "fetch it by `sealway evidence --other-side`");
    return { bytes: fetched.toString("base64") };
  })();
}
