import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf } from "../../core/ids.ts";
import { commit } from "../../message/commitment.ts";
import type { Permission, Representation } from "../../policy/permissions/permission.ts";
import { endOf, type Power, type PowerKind } from "../../policy/representation/power.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { normalisedPerson } from "../permissions/normalised-person.ts";
import type { NamedPerson, PermissionSecret } from "../permissions/permission-secret.ts";
import { required } from "../required.ts";
import type { FoundPower, NeededPower, PowerFreshness } from "./power-desk.ts";

/** Who acts for a person, by a portal's word, and the service that knows of the power. */
export interface ClaimedRepresentative extends NamedPerson {
  readonly source: string;
}

/** A power that the authentic source has just confirmed, or within the time that its word counts. */
export type ConfirmedPower = FoundPower & { readonly kind: "held" };

/** Who may act in somebody's life; heirs come afterwards, and give nothing. */
export const livingKinds = ["guardian", "curator", "mandate", "employee"] as const satisfies PowerKind[];
type LivingKind = (typeof livingKinds)[number];

/**
 * Confirms at its authentic source that somebody may act for a person.
 * @throws SealwayError `representation_refused` naming the rule, nobody and no day; `representation_unknown`;
 *   `subject_malformed`
 */
export async function confirmPower(
  services: GatewayServices,
  { client, person, by }: { client: ClientId; person: NamedPerson; by: ClaimedRepresentative },
  need: Pick<NeededPower, "act" | "elements" | "kinds">,
  freshness: PowerFreshness,
): Promise<ConfirmedPower> {
  const representative = normalisedPerson(services, by);
  if (representative.scheme === person.scheme && representative.value === person.value)
    throw refused("nobody represents oneself");
  const needed = { client, represented: person, representative, source: by.source, ...need };
  const found = await services.powers.find(services, needed, freshness);
  if (found.kind === "none") throw refused(`the register's powers do not meet ${found.rule}`);
  return found;
}

/** What a revision says of the power by which it was made, and what is kept secretly with it. */
export function boundPower(
  { seals }: Pick<GatewayServices, "seals">,
  { id, revision }: { readonly id: string; readonly revision: number },
  holder: ClientId,
  { scheme, value }: NamedPerson,
  { answer, exchange, power, source }: ConfirmedPower,
): {
  readonly representation: Representation;
  readonly secret: Pick<PermissionSecret, "power" | "representative">;
} {
  const { commitmentKey } = required(seals.get(memberOf(holder)));
  const hide = (index: number, kind: string, hidden: string) =>
    commit(commitmentKey, id, "permission", 2 * revision + index, kind, hidden).commitment;
  return {
    representation: {
      kind: power.kind as LivingKind,
      // Few could be whom the answer names: its plain digest would be guessed back.
      proof: hide(1, powerScheme, sha256Base64Url(answer)).c,
      representative: hide(0, scheme, value),
      power: { source: source.service, exchange, elements: power.elements ?? null, until: endOf(power) },
    },
    secret: { representative: { scheme, value }, power: answer.toString("utf8") },
  };
}

/** Under which a permission commits to the digest of the answer that proves a power. */
const powerScheme = "urn:sealway:scheme:power";

/** A permission that a representative gives holds no longer than the power, as far as its end is known. */
export function endingWith(
  validity: Permission["validity"],
  power: Power | undefined,
): Permission["validity"] {
  const end = power === undefined ? null : endOf(power);
  return end === null || validity.to <= end ? validity : { from: validity.from, to: end };
}

function refused(why: string): SealwayError {
  return new SealwayError("representation_refused", why);
}
