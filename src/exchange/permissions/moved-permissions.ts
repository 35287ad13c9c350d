import { setImmediate as giveWay } from "node:timers/promises";
import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, type ServerId } from "../../core/ids.ts";
import { randomOctets } from "../../core/random.ts";
import { parseStatement, type StatementPayload } from "../../message/signed-statement.ts";
import { checkRevision } from "../../policy/permissions/check-revision.ts";
import {
  checkPermission,
  type Permission,
  partiesOf,
  permissionType,
  readPermission,
} from "../../policy/permissions/permission.ts";
import type { StoredRevision } from "../../policy/permissions/permission-store.ts";
import { judgeSideSeal } from "../builtin/judge-agreement-act.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { isOver, type PermissionBook } from "./permission-book.ts";
import {
  type PermissionSecret,
  type PermissionVault,
  permissionKey,
  secretOfRevision,
} from "./permission-secret.ts";
import { type SignedRevision, storedRevision } from "./stored-revision.ts";

/** One revision on its way to another server: it names the person, unless that was erased. */
export interface MovedRevision {
  readonly signed: string;
  readonly secret: PermissionSecret | null;
}

const pageLength = 200;
/** Whose documents share a transaction of the log. */
const keptAtOnce = 50;

/**
 * Every revision of all permissions by which a subsystem discloses, each permission's in their order. Of one that was
 * erased they name nobody, and go along all the same: the other server may hold it in force, and with the person.
 * @throws SealwayError `internal_error` when what names a person cannot be read; `log_unavailable`
 */
export async function* revisionsToMove(
  { store }: Pick<PermissionBook, "store">,
  vault: PermissionVault,
  discloser: ClientId,
): AsyncGenerator<SignedRevision> {
  let before: string | undefined;
  do {
    const page = await store.list({ provider: discloser, limit: pageLength, ...(before && { before }) });
    for (const { id } of page) yield* await revisionsOf(await store.revisions(id), vault);
    before = page.length < pageLength ? undefined : page.at(-1)!.id;
  } while (before !== undefined);
}

async function revisionsOf(
  revisions: readonly StoredRevision[],
  vault: PermissionVault,
): Promise<readonly SignedRevision[]> {
  const moved: SignedRevision[] = [];
  for (const revision of revisions) {
    const found = await secretOfRevision(vault, revision);
    if (found.state === "lost")
      throw new SealwayError("internal_error", `what names the person of ${revision.id} cannot be read`);
    const permission = readPermission(revision.document);
    const secret = found.state === "present" ? found.secret : null;
    moved.push({ permission, signed: revision.signed, secret });
  }
  return moved.every(({ secret }) => secret !== null)
    ? moved
    : moved.map((one) => ({ ...one, secret: null }));
}

/** A permission that another server of the discloser's hands over: all of its revisions, judged. */
export type MovedPermission = readonly SignedRevision[];

/**
 * Judges what another server hands over: each revision is signed by the seal of the member whose subsystem discloses, as it
 * was registered then, and follows the one before. Of whom it is, only who hands it over says.
 * @throws SealwayError `bad_request`, `permission_state`, `malformed_statement`, `invalid_signature`, `certificate_…`
 */
export async function judgeMovedPermissions(
  services: Pick<GatewayServices, "clock" | "judge" | "trust">,
  discloser: ClientId,
  moved: readonly MovedRevision[],
): Promise<readonly MovedPermission[]> {
  const { instance } = services.trust().configuration.parameters;
  const byId = new Map<string, SignedRevision[]>();
  for (const { signed: text, secret } of moved) {
    // Calls go on meanwhile.
    await giveWay();
    const signed = Buffer.from(text, "latin1");
    const { certificate, payload } = parseStatement<StatementPayload>(signed, permissionType);
    const permission: unknown = payload;
    checkPermission(permission);
    if (permission.instance !== instance || partiesOf(permission).discloser !== discloser)
      throw new SealwayError("malformed_statement", "permission: it is of another's");
    judgeSideSeal(services, memberOf(discloser), certificate, permission.time);
    const before = byId.get(permission.id) ?? [];
    checkFollows(permission, before.at(-1), secret);
    byId.set(permission.id, [...before, { permission, signed, secret }]);
  }
  return [...byId.values()];
}

function checkFollows(
  next: Permission,
  before: SignedRevision | undefined,
  secret: PermissionSecret | null,
): void {
  checkRevision(next, before?.permission);
  const previous = before === undefined ? null : sha256Base64Url(before.signed);
  if (next.previous !== previous)
    throw new SealwayError("permission_state", "permission: it follows another");
  const person = secret?.person;
  const known =
    before === undefined ? person && { ...person, scheme: next.person.scheme } : before.secret?.person;
  if (person?.scheme !== known?.scheme || person?.value !== known?.value)
    throw new SealwayError("malformed_statement", "permission: its revisions are of two persons");
}

/**
 * Keeps permissions that were judged, what is known of them already left as it is; what was erased at one of both servers
 * names nobody here either, once it is over by all that both know.
 * @param from the server that hands them over
 * @returns ids of those left as they are: another revision is here than there, or one of both servers erased what is not over
 * @throws SealwayError `log_unavailable`
 */
export async function keepMovedPermissions(
  { clock, log, permissions: book }: Pick<GatewayServices, "clock" | "log" | "permissions">,
  vault: PermissionVault,
  moved: readonly MovedPermission[],
  from: ServerId,
): Promise<readonly string[]> {
  const apart: string[] = [];
  const keep = async (revisions: MovedPermission) => {
    const [{ permission: first, secret }] = revisions as readonly [SignedRevision, ...SignedRevision[]];
    const member = memberOf(partiesOf(first).discloser);
    const known = await book.store.revisions(first.id);
    const isErased = secret === null || known.some((one) => one.secret.length === 0);
    const tag = isErased ? randomOctets(32) : await book.tagOf(member, secret.person);
    const last = known.at(-1);
    const newest =
      last === undefined || revisions.length > known.length
        ? revisions.at(-1)!
        : { permission: readPermission(last.document), signed: last.signed };
    const isSame = ({ signed }: SignedRevision, i: number) => known[i]?.signed.equals(signed) ?? true;
    let isTaken = revisions.every(isSame) && (!isErased || isOver(newest.permission, clock.now()));
    for (const one of revisions.slice(known.length)) {
      if (!isTaken) break;
      const key = await permissionKey(vault, member, "permission", clock.now());
      await log.keep({ kind: "permission", sha256: sha256Base64Url(one.signed), bytes: one.signed });
      isTaken = await book.store.add(storedRevision(isErased ? { ...one, secret: null } : one, tag, key));
    }
    if (isTaken && isErased && known.some((one) => one.secret.length > 0))
      await book.erase(newest, from, "It was erased there");
    if (!isTaken) apart.push(first.id);
  };
  for (let i = 0; i < moved.length; i += keptAtOnce)
    await Promise.all(moved.slice(i, i + keptAtOnce).map(keep));
  return apart;
}
