import { exportOpenApi } from "../catalogue/openapi/export-openapi.ts";
import { type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { readDescription } from "./service-files.ts";

export const summary = "Prints a service description as an OpenAPI 3.1 document";

export const description =
  "The same document for the same description. Endpoints that OpenAPI has no words for (any method, any path) are left " +
  "out and told on standard error. Data elements, uses and places of persons stand in members that begin with x-sealway-.";

export const flags = [] as const;

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The description." };

export async function run(args: readonly string[]): Promise<number> {
  const { operands: files } = readArguments({ flags, operands }, args);
  const { document, left } = exportOpenApi(await readDescription(files[0]!));
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  for (const endpoint of left) process.stderr.write(`left out: ${endpoint}\n`);
  return exitCodes.ok;
}
