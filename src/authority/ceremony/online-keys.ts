import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DocumentError } from "../../trust/document-error.ts";
import { createKeys, loadKeys, type OnlineRole, onlineRoles, type RoleKey } from "../signing-keys.ts";
import { readRootContent } from "./root-content.ts";

/** The keys with which each role is signed: those of the root in force and, while one follows another, of both. */
export type OnlineKeys = Readonly<Record<OnlineRole, readonly RoleKey[]>>;

/** Makes new keys for some roles, to be named by the root of this version. */
export function createOnlineKeys<Role extends OnlineRole>(
  stateDir: string,
  rootVersion: number,
  roles: readonly Role[],
  passphrase: string | undefined,
): Promise<Record<Role, RoleKey>> {
  return createKeys(join(stateDir, "keys", String(rootVersion)), roles, passphrase);
}

/**
 * The keys that roots name, out of the authority's directory. A key stays where it was made, also while roots follow that
 * name it again.
 * @param roots the root in force first; of the others' keys those are taken that are there
 * @throws DocumentError when a key of the root in force is missing, or the passphrase is wrong
 */
export async function loadOnlineKeys(
  stateDir: string,
  roots: readonly { readonly bytes: Buffer }[],
  passphrase: string | undefined,
): Promise<OnlineKeys> {
  const directory = join(stateDir, "keys");
  const held = new Map<string, RoleKey>();
  let failure: Error | undefined;
  const versions = (await readdir(directory)).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const version of versions.sort((a, b) => b - a)) {
    try {
      for (const key of await loadKeys(join(directory, String(version)), passphrase)) held.set(key.id, key);
    } catch (error) {
      // Old keys may have been under another passphrase: they count only where they are needed.
      failure ??= error as Error;
    }
  }
  const contents = roots.map(({ bytes }) => readRootContent(bytes));
  const keysOf = (role: OnlineRole): readonly RoleKey[] => {
    const [first, ...others] = contents.map(({ roles }) =>
      roles[role].keys.flatMap(({ id }) => held.get(id) ?? []),
    );
    if (first!.length === 0)
      throw failure ?? new DocumentError(directory, "", `has no key of ${role} that the root names`);
    return [...new Set([...first!, ...others.flat()])];
  };
  const [targets, snapshot, timestamp] = onlineRoles.map(keysOf);
  return { targets: targets!, snapshot: snapshot!, timestamp: timestamp! };
}
