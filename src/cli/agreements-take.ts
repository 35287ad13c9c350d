import { makeAct } from "./agreements-made.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";
import { readBounded } from "./service-files.ts";

export const summary = "Hands in an act of the governing authority on an agreement";

export const description =
  "The authority signs it by `agreements sign` and gives it to whoever runs a side's server; that one brings it to the " +
  "other side.";

export const flags = [runningConfigFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "FILE",
  least: 1,
  most: 1,
  description: "The act, as it was signed.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const act = (await readBounded(files[0]!)).toString("latin1").trim();
  return makeAct({ order: "agreement take", act }, given);
}
