import { readFile } from "node:fs/promises";
import { importCertificate } from "../assembly/keys/import-certificate.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";
import { printImported } from "./print-imported.ts";

export const summary = "Takes the certificate that a CA issued for one of the server's keys";

export const description =
  "Which key it is for is seen in the certificate. What is wrong is told, all of it, and then nothing is kept: another " +
  "key, another use, a CA that the instance does not list, a missing CA in between, names of somebody else, a time that " +
  "is over. A running server watches the certificate's state from then on, and uses it by itself once the governing " +
  "authority has registered it and every server had time to learn of it (90 seconds).";

export const flags = [configFlag] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "FILE",
  least: 1,
  most: 1,
  description: "PEM, with CAs in between if the CA sent them; or one certificate in DER.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const configuration = await loadServerConfiguration(given.config);
  const done = await importCertificate(configuration, await readFile(named[0]!), systemClock);
  return printImported(done);
}
