import { listServerKeys } from "../assembly/keys/list-server-keys.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { printedTable } from "./table-lines.ts";

export const summary = "Lists the server's keys, their certificates, and which are used";

export const description =
  "For each key: what it is for, its name, how it stands, when its certificate ends, what the CA's OCSP responder " +
  "says of it, and which kind of electronic seal it makes by the CA's word: advanced, advanced on a qualified " +
  "certificate, or qualified (ETSI EN 319 412-5). Whether a key could be used is known to the running server only.";

export const flags = [configFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const keys = await listServerKeys(configuration);
  if (given.json) {
    process.stdout.write(toJson(keys));
    return exitCodes.ok;
  }
  const rows = keys.map(({ slot, name, state, ends, ocsp, class: kind }) => {
    return [slot, name, state, ends ?? "-", ocsp ?? "-", kind ?? ""];
  });
  process.stdout.write(printedTable(["for", "key", "state", "until", "OCSP", "seal"], rows));
  return exitCodes.ok;
}
