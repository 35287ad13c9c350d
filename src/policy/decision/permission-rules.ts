import type { PermissionRule } from "../permissions/judge-permission.ts";
import { leavesSomething, needsNoCut } from "./agreement-rules.ts";
import type { Facts } from "./facts.ts";
import type { Reference } from "./reference.ts";
import { eachAgreement, oneThing, type Rule } from "./rule.ts";

/*
 * The rules about the permission of a call whose purpose needs one. They come last: what they say depends on a person,
 * and what depends on nobody is said before. To a consumer all of them are one.
 */

const ofPermission = {
  about: "person",
  code: "permission_required",
  inEmergency: "skipped",
  inputs: permissionOfCall,
} as const;

// biome-ignore format: a table is read by its columns
const judged: readonly (readonly [name: Exclude<PermissionRule, "permission.fields">, mends: Rule["mends"]])[] = [
  ["permission.exists",      "person"],
  ["permission.client",      "consumer"],
  ["permission.subject",     "consumer"],
  ["permission.service",     "consumer"],
  ["permission.purpose",     "person"],
  ["permission.state",       "person"],
  ["permission.validity",    "person"],
  ["permission.data-period", "consumer"],
  ["permission.uses",        "person"],
  ["permission.period-uses", "consumer"],
  ["permission.representation",         "person"],
  ["permission.representation-unknown", "provider"],
];

export const permissionRules: readonly Rule[] = [
  ...judged.map(([name, mends]) =>
    oneThing({
      ...{ ...ofPermission, name, mends },
      needs: ["permission"],
      holds: ({ permission }) => permission === null || permission.failed !== name,
    }),
  ),
  eachAgreement({
    ...{ ...ofPermission, name: "permission.fields", mends: "person" },
    needs: ["purpose", "answers", "permission"],
    keep: (agreement, facts) => {
      const given = facts.permission?.permission;
      return (
        given === undefined ||
        (needsNoCut(agreement, facts, given) && leavesSomething(agreement, facts, given))
      );
    },
  }),
];

/** The permission that was looked at, where there is one. */
function permissionOfCall({ permission }: Facts): readonly Reference[] {
  const judged = permission === "unknown" ? null : permission;
  if (judged?.permission === undefined || judged.statement === undefined) return [];
  const { id, revision } = judged.permission;
  return [{ kind: "permission", id, revision, sha256: judged.statement }];
}
