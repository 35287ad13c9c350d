import { chooseKey } from "../assembly/keys/order-keys.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";

export const summary = "Chooses the key that signs, or that the server shows to others";

export const description =
  "A running server changes over at once, without a restart: exchanges that have begun end with the key before. Without " +
  "a choice, and when the chosen one cannot be used, it takes the one that ends last of those that are registered, valid " +
  "and good by the word of their CA.";

export const flags = [
  configFlag,
  {
    kind: "text",
    name: "slot",
    value: "SLOT",
    description: "Needed for `configured` only: `tls`, or `seal` and a member in one text.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "KEY",
  least: 1,
  most: 1,
  description: "Its name, as `keys list` has it; `configured` for the files that the configuration names.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const name = named[0]!;
  const { slot, standing } = await chooseKey(await loadServerConfiguration(given.config), name, given.slot);
  const outcome =
    standing === undefined
      ? "is used from the server's next start on"
      : standing.isUsed
        ? "is used"
        : "is used as soon as every server had time to learn of it";
  process.stdout.write(`${slot}: ${name} ${outcome}\n`);
  return exitCodes.ok;
}
