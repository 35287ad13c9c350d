import type { ClientId, ServerId } from "../../core/ids.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import { revisionsToMove } from "../../exchange/permissions/moved-permissions.ts";
import type { PermissionVault } from "../../exchange/permissions/permission-secret.ts";
import type { Permission } from "../../policy/permissions/permission.ts";
import type { RestrictionBook } from "../restriction-book.ts";
import { usesToMove } from "./moved-counters.ts";
import type { MovedItem } from "./moved-state.ts";

export interface StateParts {
  readonly services: GatewayServices;
  readonly vault: PermissionVault;
  readonly restrictions: RestrictionBook;
}

/**
 * What of a subsystem goes along beside the acts on its agreements.
 * @param taken servers of which this one took uses
 * @throws SealwayError `internal_error`, `log_unavailable`
 */
export async function collectState(
  { services, vault, restrictions }: StateParts,
  subsystem: ClientId,
  taken: readonly ServerId[],
): Promise<{ readonly items: readonly MovedItem[]; readonly permissions: number }> {
  const items: MovedItem[] = [];
  const newest = new Map<string, Permission>();
  for await (const { permission, secret, signed } of revisionsToMove(
    services.permissions,
    vault,
    subsystem,
  )) {
    items.push({ kind: "revision", signed: signed.toString("latin1"), secret });
    newest.set(permission.id, permission);
  }
  // Counted behind what is read: a use in between is counted, of a permission that was there before it.
  for (const uses of await usesToMove(services, subsystem, taken, [...newest.values()]))
    items.push({ kind: "uses", ...uses });
  for (const signed of restrictions.actsOn(subsystem))
    items.push({ kind: "restriction", signed: signed.toString("latin1") });
  return { items, permissions: newest.size };
}
