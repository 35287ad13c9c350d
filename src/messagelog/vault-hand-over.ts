import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createMasterKey, loadMasterKey, loadMasterKeys } from "./master-key.ts";
import { folderOf, VaultFiles } from "./vault-files.ts";
import { unwrapMasters, wrapMaster } from "./vault-masters.ts";

/**
 * Copies the vault of one member, wrapped by a master key of its own, into a new directory: `master.key` and `vault`.
 * With them the member reads its part of a copy of the log; the server's other keys are of no use to it, nor it to them.
 * @returns how many keys it has
 * @throws Error when the directory exists, or the member has no vault here that the master key opens
 */
export async function handOverVault(
  directory: string,
  masterKeyFile: string,
  member: string,
  target: string,
): Promise<number> {
  const files = new VaultFiles(directory);
  const folder = folderOf(member);
  const file = await files.readMasters(folder);
  const masters = file === undefined ? [] : unwrapMasters(await loadMasterKeys(masterKeyFile), file);
  if (masters.length === 0) throw new Error(`${member} has no vault that this master key opens`);
  await mkdir(target, { mode: 0o700 });
  const ownKey = join(target, "master.key");
  await createMasterKey(ownKey);
  const own = await loadMasterKey(ownKey);
  const copy = new VaultFiles(join(target, "vault"));
  await copy.makeMasters(folder, { member, masters: masters.map((one) => wrapMaster(own, member, one)) });
  let count = 0;
  for (const day of await files.days(folder)) {
    for (const key of await files.keysOfDay(folder, day)) {
      await copy.makeKey(folder, key);
      count++;
    }
  }
  return count;
}
