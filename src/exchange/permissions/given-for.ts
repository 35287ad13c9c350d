import type { Permission } from "../../policy/permissions/permission.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";

/** By which permission a message is sent; null where it needs none, or none permits it. */
export function givenFor({ permission }: ConsumerExchange): Permission | null {
  const judged = permission === "unknown" ? null : permission;
  return judged?.failed === undefined ? (judged?.permission ?? null) : null;
}
