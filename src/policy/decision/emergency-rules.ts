import type { Agreement } from "../agreement.ts";
import type { KnownFacts } from "./facts.ts";

/** Whether emergency access, where it is claimed, is granted by agreement and purpose, and not suspended. */
export function grantsEmergency(
  agreement: Agreement,
  { purpose, emergency }: KnownFacts<"purpose">,
): boolean {
  if (emergency === null) return true;
  return (
    agreement.emergency === true && purpose?.emergency === true && !emergency.suspended.has(agreement.id)
  );
}

/** Whether somebody answers for the emergency access that is claimed. */
export function namesUser({ emergency }: KnownFacts<never>): boolean {
  return emergency === null || emergency.userNamed;
}
