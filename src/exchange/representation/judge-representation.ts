import { SealwayError } from "../../core/errors.ts";
import type { JudgedPermission, UseSight } from "../../policy/permissions/judge-permission.ts";
import { type Permission, partiesOf } from "../../policy/permissions/permission.ts";
import type { PowerEnd } from "../../policy/representation/power.ts";
import type { GatewayServices } from "../gateway-services.ts";
import type { HeldPermission } from "../permissions/permission-book.ts";
import { livingKinds } from "./acting-for.ts";

/**
 * Whether the representative who gave a permission may still act, by the word of the authentic source: asked at the use,
 * and again when that word is too old. A power that is no more closes the permission; a source that cannot be asked closes
 * nothing, and nothing passes. Only what all other rules permit gets here, so that nobody learns of others' powers. For a
 * use that a restriction hides nobody is asked and nothing is closed: either would tell that there was one.
 * @throws SealwayError `log_unavailable`
 */
export async function judgeRepresentation(
  services: GatewayServices,
  judged: JudgedPermission,
  sight: UseSight,
): Promise<JudgedPermission> {
  const { failed, permission } = judged;
  const power = permission?.representation?.power;
  if (failed !== undefined || permission === undefined || power === undefined) return judged;
  const held = await services.permissions.held(permission.id);
  // An act came in between: what it made of the permission counts for the next call.
  if (held?.permission.revision !== permission.revision) return { ...judged, failed: "permission.state" };
  const { representative, person } = held.secret;
  if (representative === null) return { ...judged, failed: "permission.representation" };
  try {
    const client = partiesOf(permission).discloser;
    const whose = { client, source: power.source, representative, represented: person };
    const need = { kinds: livingKinds, act: "permit", elements: permission.elements } as const;
    const freshness = sight === "restricted" ? "known" : "use";
    const found = await services.powers.find(services, { ...whose, ...need }, freshness);
    if (found.kind === "held") return judged;
    if (sight === "ordinary") await endPermission(services, held, found.ended);
    return { ...judged, failed: "permission.representation" };
  } catch (error) {
    const code = error instanceof SealwayError ? error.code : undefined;
    if (code === "representation_unknown") return { ...judged, failed: "permission.representation-unknown" };
    if (code === "representation_refused") return { ...judged, failed: "permission.representation" };
    throw error;
  }
}

/** Ends what no act of a person ended; another act that came before it counts. */
export async function endPermission(
  { permissions }: Pick<GatewayServices, "permissions">,
  held: HeldPermission,
  reason: PowerEnd,
): Promise<Permission | undefined> {
  try {
    const ended = await permissions.revise(
      held,
      { state: "ended", reason },
      { text: null, token: null, key: null },
    );
    return ended.permission;
  } catch (error) {
    if (error instanceof SealwayError && error.code === "permission_state") return undefined;
    throw error;
  }
}
