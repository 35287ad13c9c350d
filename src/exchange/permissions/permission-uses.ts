import type { CounterUse } from "../../messagelog/message-record.ts";
import type { Fact } from "../../policy/decision/facts.ts";
import type { JudgedPermission } from "../../policy/permissions/judge-permission.ts";

/** What an exchange uses of the permission by which it is permitted. */
export function permissionUses({
  permission,
}: {
  readonly permission: Fact<JudgedPermission | null>;
}): readonly CounterUse[] {
  return permission === "unknown" || permission === null ? [] : permission.counters;
}
