import { setTimeout as rest } from "node:timers/promises";
import type { GatewayServices, TrustSnapshot } from "./gateway-services.ts";

const pause = 50;
/** A peer that knows a version of the configuration is proof that it is to be had: it comes in a moment. Milliseconds. */
export const shortPatience = 2_000;
/** Without it the call can only fail. */
export const longPatience = 8_000;

type Awaiting = Pick<GatewayServices, "trust" | "pollTrust">;

/**
 * Waits for a version of the configuration that a peer names.
 * @param awaited the version in use, the one that the peer names (possibly its invention), and for how long
 * @param isThere whether a version has what is looked for
 * @returns the newest one by then; `before` itself when the peer knows no newer one, or it has it
 * @throws SealwayError `configuration_expired`
 */
export async function awaitConfiguration(
  services: Awaiting,
  awaited: { readonly before: TrustSnapshot; readonly named: number; readonly patience: number },
  isThere: (trust: TrustSnapshot) => boolean,
): Promise<TrustSnapshot> {
  const { before, named, patience } = awaited;
  if (isThere(before) || named <= before.configuration.version) return before;
  services.pollTrust();
  let trust = before;
  for (let waited = 0; waited < patience && !isThere(trust); waited += pause) {
    await rest(pause);
    trust = services.trust();
  }
  return trust;
}
