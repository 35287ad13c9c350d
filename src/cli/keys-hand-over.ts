import { handOverServerVault } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";

export const summary = "Copies the key vault of one member, for a member that takes it along";

export const description =
  "The copy is wrapped by a master key of its own and opens nothing of other members: with it the member reads its heads " +
  "and bodies in an archive or a copy of the log. Both files together read them: move them apart. `keys end-member` " +
  "destroys what is left here.";

export const flags = [
  configFlag,
  {
    kind: "required",
    name: "out",
    value: "DIR",
    description: "A folder that does not exist yet: `master.key` and `vault` are made in it.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "MEMBER", least: 1, most: 1, description: "Its identifier." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const keys = await handOverServerVault(await loadServerConfiguration(given.config), named[0]!, given.out);
  process.stdout.write(`${keys} keys are in ${given.out}\n`);
  return exitCodes.ok;
}
