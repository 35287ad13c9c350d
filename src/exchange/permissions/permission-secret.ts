import type { KeyObject } from "node:crypto";
import { hmacSha256 } from "../../core/bytes.ts";
import { type ClientId, type MemberId, memberOf, unsafeId } from "../../core/ids.ts";
import { decryptGcm, encryptGcm } from "../../messagelog/gcm.ts";
import type { KeyPart } from "../../messagelog/key-purpose.ts";
import type { DataKey, KeyVault } from "../../messagelog/vault.ts";
import type { StoredRevision } from "../../policy/permissions/permission-store.ts";

/** A person by an identifier. */
export interface NamedPerson {
  readonly scheme: string;
  /** Normalised. */
  readonly value: string;
}

/**
 * What of a revision names somebody, or could: it leaves the server in no form, but encrypted to another one of the same
 * member to which the subsystem moves.
 */
export interface PermissionSecret {
  readonly person: NamedPerson;
  readonly representative: NamedPerson | null;
  /** What the authentic source answered of the representative's power; missing where nobody asked one. */
  readonly power?: string | null;
  /** Canonical text that was shown. */
  readonly text: string | null;
  /** The ID token, and the public key (JWK) that signed it, as it was pinned on that day. */
  readonly token: string | null;
  readonly key: { readonly [name: string]: unknown } | null;
}

/** The keys of permissions: of the member whose subsystem provides the service. */
export type PermissionVault = Pick<KeyVault, "current" | "keyFor" | "find">;

const retentionClass = "permission";

/** The key of a member's permissions at a time. @throws Error when the vault cannot be written, or the key was destroyed */
export function permissionKey(
  vault: PermissionVault,
  member: MemberId,
  part: Extract<KeyPart, "permission" | "permission-tags">,
  time: number,
): DataKey | Promise<DataKey> {
  const purpose = { member, retentionClass, part };
  return vault.current(purpose, time) ?? vault.keyFor(purpose, time);
}

/** Under which a person's permissions stand: the same for all of one member's. */
export function personTag(key: KeyObject, { scheme, value }: NamedPerson): Buffer {
  return hmacSha256(key, `sealway/permission-tag/v1\0${scheme}\0${value}`);
}

export function encryptSecret(
  key: KeyObject,
  secret: PermissionSecret,
  id: string,
  revision: number,
): Buffer {
  return encryptGcm(key, Buffer.from(JSON.stringify(secret), "utf8"), associated(id, revision));
}

/** @returns undefined when it was altered, or is another revision's */
function decryptSecret(
  key: KeyObject,
  bytes: Buffer,
  id: string,
  revision: number,
): PermissionSecret | undefined {
  const text = decryptGcm(key, bytes, associated(id, revision))?.toString("utf8");
  return text === undefined ? undefined : (JSON.parse(text) as PermissionSecret);
}

/** What of a revision is kept encrypted; undefined of one that was erased, or whose key is not there. */
export async function secretOfRevision(
  vault: Pick<KeyVault, "find">,
  revision: Pick<StoredRevision, "id" | "revision" | "provider" | "keyId" | "secret">,
): Promise<
  { readonly state: "present"; readonly secret: PermissionSecret } | { readonly state: "erased" | "lost" }
> {
  const { id, revision: number, provider, keyId, secret: bytes } = revision;
  if (bytes.length === 0) return { state: "erased" };
  const found = await vault.find(keyId, memberOf(unsafeId<ClientId>(provider)));
  if (found.state !== "present") return { state: found.state === "destroyed" ? "erased" : "lost" };
  const secret = decryptSecret(found.key, bytes, id, number);
  return secret === undefined ? { state: "lost" } : { state: "present", secret };
}

function associated(id: string, revision: number): Buffer {
  return Buffer.from(`sealway/permission/v1\0${id}\0${revision}`);
}
