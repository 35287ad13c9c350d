import { listServerKeys } from "../assembly/keys/list-server-keys.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Lists the server's keys, their certificates, and which are used";

export const description =
  "For each key: what it is for, its name, how it stands, when its certificate ends, and what the CA's OCSP responder " +
  "says of it. Whether a key could be used is known to the running server only.";

export const flags = [configFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const keys = await listServerKeys(configuration);
  if (given.json) {
    process.stdout.write(toJson(keys));
    return exitCodes.ok;
  }
  for (const { slot, name, state, ends, ocsp } of keys)
    process.stdout.write(
      `${slot}  ${name}  ${state}  ${ends ?? "-"}  ${ocsp === null ? "" : `OCSP ${ocsp}`}\n`,
    );
  return exitCodes.ok;
}
