import { typesOf } from "../catalogue/types-of.ts";
import { type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { readDescription } from "./service-files.ts";

export const summary = "Prints TypeScript types of a service's requests and answers";

export const description =
  "One declaration a schema, and `Endpoints`, by method and path. The types say what a schema says of shape; lengths and " +
  "patterns they leave open.";

export const flags = [] as const;

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The description." };

export async function run(args: readonly string[]): Promise<number> {
  const { operands: files } = readArguments({ flags, operands }, args);
  process.stdout.write(typesOf(await readDescription(files[0]!)));
  return exitCodes.ok;
}
