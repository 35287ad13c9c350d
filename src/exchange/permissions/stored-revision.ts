import { sha256Base64Url } from "../../core/bytes.ts";
import type { DataKey } from "../../messagelog/vault.ts";
import { type Permission, partiesOf, serializePermission } from "../../policy/permissions/permission.ts";
import type { StoredRevision } from "../../policy/permissions/permission-store.ts";
import { encryptSecret, type PermissionSecret } from "./permission-secret.ts";

export interface SignedRevision {
  readonly permission: Permission;
  /** The statement, a compact JWS. */
  readonly signed: Buffer;
  /** Null of one that was erased. */
  readonly secret: PermissionSecret | null;
}

/**
 * A revision as the store keeps it.
 * @param person the keyed tag of the person @param key encrypts what names the person
 */
export function storedRevision(
  { permission, signed, secret }: SignedRevision,
  person: Buffer,
  key: DataKey,
): StoredRevision {
  const { id, revision, service, consumer, purpose, state } = permission;
  const { discloser: provider } = partiesOf(permission);
  return {
    ...{ id, revision, provider, consumer, service, purpose: purpose.id, state, person, signed },
    ...{ document: serializePermission(permission), statement: sha256Base64Url(signed), keyId: key.id },
    secret: secret === null ? Buffer.alloc(0) : encryptSecret(key.key, secret, id, revision),
  };
}
