import { SealwayError } from "../core/errors.ts";
import type { ServerId } from "../core/ids.ts";
import { type ParsedSignature, parseSignature } from "../message/signature-profile.ts";
import { type VerifiedMessage, verifyMessage } from "../message/verify-message.ts";
import type { WireMessage } from "../message/wire.ts";
import type { GatewayServices, TrustDirectory } from "./gateway-services.ts";

type Services = Pick<GatewayServices, "judge" | "clock" | "noteClock" | "self">;

/**
 * Verifies a message that came over the connection of a registered server, and notes when that signed by its clock:
 * above all where the message is refused for it.
 * @throws SealwayError as `verifyMessage`
 */
export function verifyFrom(
  services: Services,
  peer: ServerId,
  wire: WireMessage,
  directory: TrustDirectory,
): VerifiedMessage {
  try {
    const message = verifyMessage(wire, directory, services.judge, services.clock);
    note(services, peer, message.signature);
    return message;
  } catch (error) {
    if (error instanceof SealwayError && error.code === "clock_skew")
      note(services, peer, parseSignature(wire.signature));
    throw error;
  }
}

/** Messages to ourselves tell of no other clock. */
function note(services: Services, peer: ServerId, { header }: ParsedSignature): void {
  if (peer !== services.self) services.noteClock(peer, header.iat);
}
