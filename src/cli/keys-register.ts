import { registerHeldKey } from "../assembly/keys/register-key.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { keyOperand } from "./key-bench.ts";

export const summary = "Asks the governing authority to register a key's certificate beside those in use";

export const description =
  "The request is signed by the member's seal in use and by the new key. Where the certificate names its member, the " +
  "authority usually takes it without an officer; the server uses it by itself soon after (see `keys import`). The " +
  "certificate before goes on being registered until `registration request` ends it.";

export const flags = [configFlag] as const satisfies readonly Flag[];

export const operands = keyOperand;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const { request, state } = await registerHeldKey(configuration, named[0]!, systemClock);
  process.stdout.write(`request ${request.id}: ${state}\n`);
  return exitCodes.ok;
}
