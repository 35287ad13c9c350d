import { writeFile } from "node:fs/promises";
import { startingDescription } from "../catalogue/starting-description.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { readServiceId } from "./service-files.ts";

export const summary = "Writes a service description to begin with";

export const description =
  "It has one endpoint to replace. What only you can know is not in it: `sealway services check` asks for it. An existing " +
  "file is left alone.";

export const flags = [
  { kind: "text", name: "out", value: "FILE", default: "service.json", description: "Where it is written." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE",
  least: 1,
  most: 1,
  description: "Its identifier: INSTANCE/CLASS/MEMBER/SUBSYSTEM/CODE.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: names } = readArguments({ flags, operands }, args);
  const document = startingDescription(readServiceId(names[0]!));
  await writeFile(given.out, `${JSON.stringify(document, undefined, 2)}\n`, { flag: "wx" });
  process.stdout.write(`${given.out}\n`);
  return exitCodes.ok;
}
