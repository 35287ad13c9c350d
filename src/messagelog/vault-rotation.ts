import type { KeyObject } from "node:crypto";
import { addMasterKey, dropReplacedMasterKey, loadMasterKeys } from "./master-key.ts";
import { unwrapKey, wrapKey } from "./vault.ts";
import { folderOf, VaultFiles } from "./vault-files.ts";
import { type MemberMaster, newMaster, unwrapMasters, wrapMaster } from "./vault-masters.ts";

/** What a rotation went through, and how many keys it wrapped anew. */
export interface Rotated {
  readonly members: number;
  readonly keys: number;
}

/** Told of each change that is on disk; tests end the process there. */
export type RotationObserver = (step: string) => void;

/**
 * Replaces the master key of a server, and the master key of each member, and wraps every data key anew. Nobody else
 * may write to the vault meanwhile. Each step leaves a vault that opens with the keys of the master key file, and a
 * rotation that was broken off goes on where it was: the file holds both keys until nothing needs the old one.
 *
 *   1 the new key stands before the old one      3 each data key is wrapped by its member's new master
 *   2 each member gets a new master beside the   4 each member's old master is overwritten
 *     old one, both wrapped by the new key       5 the old key is overwritten
 *
 * @throws MasterKeyError; Error naming the member whose keys neither key opens: nothing of them was changed
 */
export async function rotateMasterKey(
  directory: string,
  masterKeyFile: string,
  now: number,
  observe: RotationObserver = () => {},
): Promise<Rotated> {
  await addMasterKey(masterKeyFile);
  observe("master key added");
  const serverKeys = await loadMasterKeys(masterKeyFile);
  const files = new VaultFiles(directory);
  let members = 0;
  let keys = 0;
  for (const folder of await files.folders()) {
    const file = await files.readMasters(folder);
    if (file === undefined || file.destroyed !== undefined) continue;
    const masters = await replaceMaster(files, file.member, serverKeys, now);
    observe(`${folder}: new master`);
    keys += await wrapAnew(files, folder, masters, observe);
    const left = [wrapMaster(serverKeys[0], file.member, masters[0]!)];
    await files.replaceMasters(folder, { member: file.member, masters: left });
    observe(`${folder}: old master gone`);
    members++;
  }
  await dropReplacedMasterKey(masterKeyFile);
  observe("old master key gone");
  return { members, keys };
}

/** The member's masters, the new one first; a rotation that was broken off made it already. */
async function replaceMaster(
  files: VaultFiles,
  member: string,
  serverKeys: readonly KeyObject[],
  now: number,
): Promise<readonly MemberMaster[]> {
  const folder = folderOf(member);
  const file = await files.readMasters(folder);
  const present = unwrapMasters(serverKeys, file!);
  if (present.length === 0 || present.length < file!.masters.length) {
    throw new Error(`the vault of ${member} cannot be opened with this master key`);
  }
  const isReplaced = present.length > 1;
  const masters = isReplaced ? present : [newMaster(now), ...present];
  const wrapped = masters.map((master) => wrapMaster(serverKeys[0]!, member, master));
  await files.replaceMasters(folder, { member, masters: wrapped });
  return masters;
}

async function wrapAnew(
  files: VaultFiles,
  folder: string,
  [next, ...old]: readonly MemberMaster[],
  observe: RotationObserver,
): Promise<number> {
  let count = 0;
  for (const day of await files.days(folder)) {
    for (const file of await files.keysOfDay(folder, day)) {
      if (file.by === next!.id) continue;
      const by = old.find(({ id }) => id === file.by);
      const bytes = by === undefined ? undefined : unwrapKey(by.key, file);
      if (bytes === undefined)
        throw new Error(`key ${file.id} cannot be opened with its member's master key`);
      await files.replaceKey(folder, { ...file, by: next!.id, wrapped: wrapKey(next!.key, file, bytes) });
      observe(`${folder}: key ${file.id}`);
      count++;
    }
  }
  return count;
}
