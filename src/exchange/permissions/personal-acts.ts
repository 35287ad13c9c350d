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
import {
  boundPower,
  type ClaimedRepresentative,
  type ConfirmedPower,
  confirmPower,
  endingWith,
  livingKinds,
} from "../representation/acting-for.ts";
import { isKeptFromRepresentatives } from "../representation/is-kept-from-representatives.ts";
import type { PowerFreshness } from "../representation/power-desk.ts";
import type { HeldPermission } from "./permission-book.ts";
import type { NamedPerson } from "./permission-secret.ts";
import { permissionWords } from "./permission-words.ts";
import { type ProvenSignIn, verifySignIn, type WantedSignIn } from "./verify-sign-in.ts";

/** What a portal does for the person who is signed in there: `schemas/permission/service-v1.schema.json`. */
export interface SignedAct {
  readonly act: "give" | "decline" | "extend" | "withdraw";
  readonly permission: string;
  /** That the person saw. */
  readonly revision: number;
  readonly person: NamedPerson;
  /** Who is signed in and acts for the person; missing when the person does. */
  readonly representative?: ClaimedRepresentative;
  readonly token: string;
  /** Until when it is extended, milliseconds. */
  readonly to?: number;
}

export type ActServices = GatewayServices;

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
  { permissions }: Pick<ActServices, "permissions">,
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
  throw noSuch();
}

function noSuch(): SealwayError {
  return new SealwayError("not_found", "the person has no such permission");
}

/** Who acts, by a confirmed power over the person; undefined when the person does. */
export interface ActingFor {
  readonly by: NamedPerson;
  readonly power: ConfirmedPower;
}

/**
 * Confirms the power of whoever acts for the person of a permission.
 * @returns undefined where nobody is claimed to act for the person
 * @throws SealwayError as `confirmPower`; `not_found` for a purpose that is kept from who acts for the person
 */
export async function actingFor(
  services: ActServices,
  { permission, secret: { person } }: HeldPermission,
  by: ClaimedRepresentative | undefined,
  freshness: PowerFreshness,
): Promise<ActingFor | undefined> {
  if (by === undefined) return undefined;
  if (isKeptFromRepresentatives(services.trust(), permission)) throw noSuch();
  const client = partiesOf(permission).discloser;
  const need = { act: "permit", kinds: livingKinds, elements: permission.elements } as const;
  return { by, power: await confirmPower(services, { client, person, by }, need, freshness) };
}

/** The text of an act as it stands now. @param to of an extension, milliseconds */
export function textOfAct(
  services: Pick<ActServices, "seals" | "trust">,
  held: HeldPermission,
  { act, to, acting }: { act: AskedAct; to: number | undefined; acting: ActingFor | undefined },
): PermissionText {
  const { permission } = held;
  const validity = endingWith(extended(permission.validity, to), acting?.power.power);
  const representation = acting === undefined ? null : boundTo(services, held, acting).representation;
  const words = permissionWords(services.trust(), permission);
  return permissionText(act, { ...permission, validity, representation }, permission.revision + 1, words);
}

function boundTo(services: Pick<ActServices, "seals">, { permission }: HeldPermission, acting: ActingFor) {
  const { id, revision } = permission;
  const { discloser } = partiesOf(permission);
  return boundPower(services, { id, revision: revision + 1 }, discloser, acting.by, acting.power);
}

/**
 * Does what the person signed in for, or who acts for the person.
 * @throws SealwayError `not_found`, `sign_in_refused`, `permission_state`, and as `confirmPower`
 */
export async function actForPerson(
  services: ActServices,
  subsystem: ClientId,
  signed: SignedAct,
): Promise<HeldPermission> {
  const { clock, permissions } = services;
  const held = await permissionOfPerson(services, subsystem, signed.permission, signed.person);
  checkActable(held, signed, clock.now());
  if (takesBackOwn(held, signed)) {
    const { act, proof } = await signedInFor(services, signed, held.secret.representative!, undefined);
    return permissions.revise(held, { state: "withdrawn", act }, { ...proof, text: null });
  }
  const { to, representative } = signed;
  const acting = await actingFor(services, held, representative, "act");
  const { state, text: asked } = acts[signed.act];
  const text = asked && textOfAct(services, held, { act: asked, to, acting });
  const actor = acting === undefined ? held.secret.person : acting.by;
  const { act, proof } = await signedInFor(services, signed, actor, text);
  const bound = acting && boundTo(services, held, acting);
  const validity =
    asked === undefined
      ? held.permission.validity
      : endingWith(extended(held.permission.validity, to), acting?.power.power);
  return permissions.revise(
    held,
    { state, act, validity, representation: bound?.representation ?? null },
    {
      ...{ representative: null, power: null, ...bound?.secret },
      ...{ ...proof, text: text === undefined ? null : serializeText(text) },
    },
  );
}

/** What a representative gave the same one takes back, whatever became of the power: nobody is disclosed by that. */
function takesBackOwn(
  { secret: { representative } }: HeldPermission,
  { act, representative: by }: SignedAct,
): boolean {
  return (
    act === "withdraw" &&
    by !== undefined &&
    representative?.scheme === by.scheme &&
    representative.value === by.value
  );
}

/** The sign-in of whoever acts, for the text where the act has one. @throws SealwayError `sign_in_refused` */
async function signedInFor(
  { clock, permissionSettings, trust }: ActServices,
  { token }: SignedAct,
  { scheme, value }: NamedPerson,
  text: PermissionText | undefined,
): Promise<ProvenSignIn> {
  const wanted: WantedSignIn =
    text === undefined ? { kind: "session" } : { kind: "fresh", text: textDigest(text) };
  const { identityProviders } = permissionSettings;
  const signIn = await verifySignIn(token, wanted, identityProviders, trust().vocabulary, clock.now());
  if (signIn.person.scheme !== scheme || signIn.person.value !== value)
    throw new SealwayError("sign_in_refused", "the sign-in does not count: somebody else signed in");
  return signIn;
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
