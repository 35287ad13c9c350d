import { SealwayError } from "../core/errors.ts";
import { giveOrder } from "./order-socket.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

export const emergencyOrder = "emergency review";

/** What a command orders of the running server, which has the members' keys. */
export interface ReviewOrder {
  readonly order: typeof emergencyOrder;
  readonly exchange: string;
  readonly finding: "justified" | "unjustified";
  /** Who reviewed it. */
  readonly who: string;
  readonly why: string;
}

export interface ReviewedEmergency {
  readonly exchange: string;
  readonly role: "consumer" | "provider";
  readonly agreement: string;
}

/**
 * Has a review signed and kept by the running server.
 * @throws SealwayError as the server said it; `signer_unavailable` when none is running
 */
export async function reviewEmergency(
  { stateDirectory }: Pick<ServerConfiguration, "stateDirectory">,
  order: ReviewOrder,
): Promise<readonly ReviewedEmergency[]> {
  const answered = await giveOrder(stateDirectory, order);
  if (answered === undefined)
    throw new SealwayError(
      "signer_unavailable",
      "the security server is not running: start it, it signs the review",
    );
  return answered.report as readonly ReviewedEmergency[];
}
