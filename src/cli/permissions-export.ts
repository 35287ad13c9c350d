import { writeFile } from "node:fs/promises";
import { orderPermission } from "../assembly/permission-command.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";

export const summary = "Exports a permission as a consent record (ISO/IEC TS 27560, W3C DPV, JSON-LD)";

export const description =
  "The record is written to standard output; it names nobody: the person is a commitment. --statement also writes the " +
  "newest revision as the provider's member signed it, a compact JWS.";

export const flags = [
  providerConfigFlag,
  { kind: "text", name: "statement", value: "FILE", description: "Where to write the signed statement." },
] as const satisfies readonly Flag[];

export const operands = { name: "ID", least: 1, most: 1, description: "The permission." } as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const order = { order: "permissions export", permission: named[0]! } as const;
  const { record, statement } = await orderPermission(await loadServerConfiguration(given.config), order);
  if (given.statement !== undefined) await writeFile(given.statement, statement);
  process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
  return exitCodes.ok;
}
