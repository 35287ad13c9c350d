import type { HeaderLine } from "../../message/head.ts";
import type { Fact } from "../../policy/decision/facts.ts";
import type { JudgedPermission } from "../../policy/permissions/judge-permission.ts";

/**
 * Names, in the head that whoever discloses signs, the signed statement by which it was permitted, so that what a person had
 * permitted on that day needs no other word.
 */
export function permissionHeader({
  permission,
}: {
  readonly permission: Fact<JudgedPermission | null>;
}): HeaderLine[] {
  const statement = permission === "unknown" ? undefined : permission?.statement;
  return statement === undefined ? [] : [["Permission-Statement", statement]];
}
