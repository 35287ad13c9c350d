import { orderPermission } from "../assembly/permission-command.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";

export const summary = "Erases what names the person of a permission that is over";

export const description =
  "The identifier, the text that was shown and the ID token are overwritten in all revisions, and the person finds the " +
  "permission in no list any more. The signed statements stay, since they name nobody; that it was erased, by whom and " +
  "why, is a signed document in the log. Backups that were made before have it, encrypted, until they are destroyed.";

export const flags = [
  providerConfigFlag,
  { kind: "required", name: "officer", value: "NAME", description: "Who has it erased." },
  { kind: "required", name: "reason", value: "TEXT", description: "Why, without a name." },
] as const satisfies readonly Flag[];

export const operands = { name: "ID", least: 1, most: 1, description: "The permission." } as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { officer, reason: why } = given;
  const order = { order: "permissions erase", permission: named[0]!, officer, why } as const;
  const { id, revision } = await orderPermission(await loadServerConfiguration(given.config), order);
  process.stdout.write(`${id} revision ${revision}: erased\n`);
  return exitCodes.ok;
}
