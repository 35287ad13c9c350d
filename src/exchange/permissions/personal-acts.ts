import { equalSecret } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf } from "../../core/ids.ts";
import { type PermissionState, partiesOf } from "../../policy/permissions/permission.ts";
import {
  type AskedAct,
  type PermissionText,
  permissionText,
  serializeText,
  textDigest,
  wholeMinute,
} from "../../policy/permissions/permission-text.ts";
import type { GatewayServices } from "../gateway-services.ts";
import type { HeldPermission } from "./permission-book.ts";
import type { NamedPerson } from "./permission-secret.ts";
import { permissionWords } from "./permission-words.ts";
import { verifySignIn, type WantedSignIn } from "./verify-sign-in.ts";

/** What a portal does for the person who is signed in there: `schemas/permission/service-v1.schema.json`. */
export interface SignedAct {
  readonly act: "give" | "decline" | "extend" | "withdraw";
  readonly permission: string;
  /** That the person saw. */
  readonly revision: number;
  readonly person: NamedPerson;
  readonly token: string;
  /** Until when it is extended, milliseconds. */
  readonly to?: number;
}

export type ActServices = Pick<GatewayServices, "clock" | "permissions" | "permissionSettings" | "trust">;

/** What each act makes of a permission, and the text for which it must be signed in. */
const acts: Readonly<
  Record<SignedAct["act"], { readonly state: PermissionState; readonly text: AskedAct | undefined }>
> = {
  give: { state: "active", text: "give" },
  extend: { state: "active", text: "extend" },
  decline: { state: "declined", text: undefined },
  withdraw: { state: "withdrawn", text: undefined },
};

/** In which state a permission must be for an act; what else forbids it, the revision's own check finds. */
const actable: Readonly<Record<SignedAct["act"], PermissionState>> = {
  give: "requested",
  extend: "active",
  decline: "requested",
  withdraw: "active",
};

/** Longest that a permission may hold from now, milliseconds. */
const longest = 3660 * 24 * 60 * 60 * 1000;

/**
 * A permission by which a subsystem discloses, of this very person. Whatever is not so is answered as if it were not there.
 * @throws SealwayError `not_found`
 */
export async function permissionOfPerson(
  { permissions }: ActServices,
  subsystem: ClientId,
  id: string,
  { scheme, value }: NamedPerson,
): Promise<HeldPermission> {
  const held = await permissions.held(id);
  if (held !== undefined && partiesOf(held.permission).discloser === subsystem) {
    const member = memberOf(subsystem);
    const [own, claimed] = await Promise.all([
      permissions.tagOf(member, held.secret.person),
      permissions.tagOf(member, { scheme, value }),
    ]);
    if (equalSecret(own, claimed)) return held;
  }
  throw new SealwayError("not_found", "the person has no such permission");
}

/** The text of an act as it stands now. @param to of an extension, milliseconds */
export function textOfAct(
  { trust }: Pick<ActServices, "trust">,
  { permission }: HeldPermission,
  act: AskedAct,
  to: number | undefined,
): PermissionText {
  const terms = { ...permission, validity: extended(permission.validity, to) };
  return permissionText(act, terms, permission.revision + 1, permissionWords(trust(), permission));
}

/**
 * Does what the person signed in for.
 * @throws SealwayError `not_found`, `sign_in_refused`, `permission_state`
 */
export async function actForPerson(
  services: ActServices,
  subsystem: ClientId,
  signed: SignedAct,
): Promise<HeldPermission> {
  const { clock, permissions, permissionSettings, trust } = services;
  const held = await permissionOfPerson(services, subsystem, signed.permission, signed.person);
  const { permission, secret } = held;
  const now = clock.now();
  checkActable(held, signed, now);
  const { state, text: asked } = acts[signed.act];
  const text = asked && textOfAct(services, held, asked, signed.to);
  const wanted: WantedSignIn =
    text === undefined ? { kind: "session" } : { kind: "fresh", text: textDigest(text) };
  const { identityProviders } = permissionSettings;
  const signIn = await verifySignIn(signed.token, wanted, identityProviders, trust().vocabulary, now);
  const { scheme, value } = secret.person;
  if (signIn.person.scheme !== scheme || signIn.person.value !== value)
    throw new SealwayError("sign_in_refused", "the sign-in does not count: somebody else signed in");
  return permissions.revise(
    held,
    { state, act: signIn.act, validity: extended(permission.validity, signed.to) },
    { ...signIn.proof, text: text === undefined ? null : serializeText(text) },
  );
}

function checkActable({ permission }: HeldPermission, signed: SignedAct, now: number): void {
  const { act, revision, to } = signed;
  const isExtension = act === "extend";
  const problems: readonly (readonly [what: string, isWrong: boolean])[] = [
    ["it was changed since the person saw it", permission.revision !== revision],
    ["its state does not allow the act", permission.state !== actable[act]],
    ["its time has passed", permission.validity.to <= now],
    ["an extension says until when, and nothing else does", isExtension !== (to !== undefined)],
    ["it would hold too long", to !== undefined && to > now + longest],
  ];
  const found = problems.find(([, isWrong]) => isWrong);
  if (found !== undefined) throw new SealwayError("permission_state", `permission: ${found[0]}`);
}

function extended(validity: HeldPermission["permission"]["validity"], to: number | undefined) {
  return to === undefined ? validity : { from: validity.from, to: wholeMinute(to) };
}
