import { setTimeout as rest } from "node:timers/promises";
import type { GatewayServices, TrustSnapshot } from "./gateway-services.ts";

const pause = 50;
/** A peer that knows a version of the configuration is proof that it is to be had: it comes in a moment. */
const patience = 2_000;

type Awaiting = Pick<GatewayServices, "trust" | "pollTrust">;

/**
 * Waits for a version of the configuration that a peer names, two seconds at most.
 * @param awaited the version in use, and the one that the peer names (possibly its invention)
 * @param isThere whether a version has what is looked for
 * @returns the newest one by then; `before` itself when the peer knows no newer one, or it has it
 * @throws SealwayError `configuration_expired`
 */
export async function awaitConfiguration(
  services: Awaiting,
  awaited: { readonly before: TrustSnapshot; readonly named: number },
  isThere: (trust: TrustSnapshot) => boolean,
): Promise<TrustSnapshot> {
  const { before, named } = awaited;
  if (isThere(before) || named <= before.configuration.version) return before;
  services.pollTrust();
  let trust = before;
  for (let waited = 0; waited < patience && !isThere(trust); waited += pause) {
    await rest(pause);
    trust = services.trust();
  }
  return trust;
}
