import { SealwayError } from "../../core/errors.ts";
import type { JudgedPermission, UseSight } from "../../policy/permissions/judge-permission.ts";
import { type Permission, partiesOf } from "../../policy/permissions/permission.ts";
import type { PowerEnd } from "../../policy/representation/power.ts";
import type { GatewayServices } from "../gateway-services.ts";
import type { HeldPermission } from "../permissions/permission-book.ts";
import { livingKinds } from "./acting-for.ts";

/** What a use found: the representative of a permission has no power any more. */
export interface PowerGone {
  readonly held: HeldPermission;
  readonly reason: PowerEnd;
}

export type JudgedRepresentation = JudgedPermission & { readonly gone?: PowerGone };

/**
 * Whether the representative who gave a permission may still act, by the word of the authentic source: asked at the use,
 * and again when that word is too old. A power that is no more is told, for who made the use to end the permission; a
 * source that cannot be asked ends nothing, and nothing passes. Only what all other rules permit gets here, so that nobody
 * learns of others' powers. For a use that a restriction hides nobody is asked and nothing is ended: either would tell
 * that there was one.
 * @throws SealwayError `log_unavailable`
 */
export async function judgeRepresentation(
  services: GatewayServices,
  judged: JudgedPermission,
  sight: UseSight,
): Promise<JudgedRepresentation> {
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
    const gone = sight === "ordinary" && { gone: { held, reason: found.ended } };
    return { ...judged, failed: "permission.representation", ...gone };
  } catch (error) {
    const code = error instanceof SealwayError ? error.code : undefined;
    if (code === "representation_unknown") return { ...judged, failed: "permission.representation-unknown" };
    if (code === "representation_refused") return { ...judged, failed: "permission.representation" };
    throw error;
  }
}

/**
 * Ends the permissions of powers that are gone, behind the answer of the call that found it: were it before, the time that
 * it takes would tell the consumer that there was one. Meanwhile, and when it cannot be done, the source's word, which is
 * remembered, refuses the next call, and that one ends them.
 */
export function endPowersGone(
  services: Pick<GatewayServices, "permissions">,
  all: readonly PowerGone[] = [],
): void {
  for (const { held, reason } of all)
    setImmediate(() => void endPermission(services, held, reason).catch(ignore));
}

function ignore(): void {}

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
