import { countersOf } from "../../policy/permissions/judge-permission.ts";
import type { Permission } from "../../policy/permissions/permission.ts";
import {
  type PermissionWords,
  permissionText,
  textDigest,
} from "../../policy/permissions/permission-text.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { sightOf } from "../restriction-of.ts";
import type { HeldPermission } from "./permission-book.ts";
import { permissionWords } from "./permission-words.ts";

type Services = Pick<GatewayServices, "clock" | "permissions" | "permissionSettings" | "trust">;

/** What either party is told: the permission, and the signed statement, which names nobody. */
export function toldToParties({ permission, signed }: HeldPermission): object {
  return { permission, statement: signed.toString("latin1") };
}

/** What a person is to read before giving it: lines by language, and the digest that a sign-in takes for its nonce. */
export function toldText({ trust }: Pick<Services, "trust">, permission: Permission): object {
  const words = permissionWords(trust(), permission);
  const text = permissionText("give", permission, permission.revision + 1, words);
  return { text: text.lines, digest: textDigest(text) };
}

/** Where the person finds it. */
export function portalAddress({ permissionSettings }: Services, { id }: Permission): string | null {
  return permissionSettings.portalUrl?.replace("{id}", id) ?? null;
}

/** One permission or request in a person's list. */
export interface PersonalPermission {
  readonly permission: Permission;
  readonly words: PermissionWords;
  /** How often it was used; null where uses are not limited and so not counted. */
  readonly used: number | null;
}

export async function toldToPerson(
  services: Services & Pick<GatewayServices, "restrictions">,
  permission: Permission,
): Promise<PersonalPermission> {
  const words = permissionWords(services.trust(), permission);
  return { permission, words, used: await usesTold(services, permission) };
}

/** Restricted uses are told of once they are no longer restricted. */
async function usesTold(
  services: Services & Pick<GatewayServices, "restrictions">,
  permission: Permission,
): Promise<number | null> {
  const { consumer, service, purpose } = permission;
  const now = services.clock.now();
  const isTold = sightOf(services, { consumer, service, purpose: purpose.id }) === "ordinary";
  const sights = isTold ? (["ordinary", "restricted"] as const) : (["ordinary"] as const);
  const counters = sights.flatMap((sight) => countersOf(permission, now, sight).all?.counter ?? []);
  if (counters.length === 0) return null;
  const counts = await services.permissions.store.used(counters, now);
  return counts.reduce((sum, count) => sum + count, 0);
}
