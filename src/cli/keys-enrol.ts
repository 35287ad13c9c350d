import { enrol } from "../assembly/keys/enrol.ts";
import { checkHolder } from "../assembly/keys/make-key.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { memberOf, parseMemberId } from "../core/ids.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";
import { printImported } from "./print-imported.ts";

export const summary = "Has a CA that speaks ACME issue a certificate, without hands";

export const description =
  "Makes a new key, proves the server's names to the CA of the configuration (`acme`), and imports what it issues, with " +
  "the checks of `keys import`. What then cannot be used is thrown away with its key.";

export const flags = [
  configFlag,
  { kind: "text", name: "key", value: "KEY", description: "A key that is there, instead of a new one." },
] as const satisfies readonly Flag[];

export const operands = {
  name: "KIND [ID]",
  least: 1,
  most: 2,
  description: "`tls`, or `seal` and the identifier of a member; of the server's owner unless told.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [use, id] = named as [string, string | undefined];
  if (use !== "seal" && use !== "tls")
    throw new UsageError(`"${use}" is no kind of key`, operands.description);
  const configuration = await loadServerConfiguration(given.config);
  const { server } = configuration;
  const of = use === "tls" ? server : id === undefined ? memberOf(server) : parseMemberId(id);
  checkHolder(use, of, server);
  return printImported(await enrol(configuration, { use, of, key: given.key }, systemClock));
}
