import { type HeldKey, listKeys } from "../keys/key-folder.ts";
import { slotOf } from "../keys/keys-in-use.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** A key that was made here, of a slot. Those of other slots are told to nobody: they are other members'. */
export async function heldKey(
  { keysDirectory }: Pick<ServerConfiguration, "keysDirectory">,
  slot: string,
  name: string,
): Promise<HeldKey | undefined> {
  const keys = await listKeys(keysDirectory);
  return keys.find((key) => key.name === name && slotOf(key.use === "seal" ? key.of : undefined) === slot);
}
