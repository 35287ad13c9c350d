import type { CounterUse } from "../../messagelog/message-record.ts";
import type { Fact } from "../../policy/decision/facts.ts";
import { countersOf, type JudgedPermission } from "../../policy/permissions/judge-permission.ts";
import type { GatewayServices } from "../gateway-services.ts";

/** What an exchange uses of the permission by which it is permitted. */
export function permissionUses({
  permission,
  services,
}: {
  readonly permission: Fact<JudgedPermission | null>;
  readonly services: Pick<GatewayServices, "clock">;
}): CounterUse[] {
  if (permission === "unknown" || permission?.permission === undefined) return [];
  const { all, period } = countersOf(permission.permission, services.clock.now());
  return [all, period].filter((one) => one !== undefined);
}
