import { orderRetention } from "../assembly/order-retention.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readExchangeId } from "./exchange-id.ts";

export const summary = "Erases the content of one exchange, before its time";

export const description =
  "Heads and kept bodies of the exchange are overwritten in this server's log; signatures, digests and time-stamps stay, " +
  "so that the exchange stays proven. The erasure is a signed record: who ordered it, and why. An exchange under a legal " +
  "hold is refused.\n" +
  "Archives and backups have the encrypted content until the day's key is destroyed; no command of Sealway reads it " +
  "there. The other party's log is the other party's.";

export const flags = [
  configFlag,
  { kind: "required", name: "reason", value: "TEXT", description: "Why; without personal data." },
  { kind: "required", name: "by", value: "NAME", description: "Who orders it." },
  { kind: "switch", name: "dry-run", description: "Says what would be erased, and changes nothing." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "EXCHANGE-ID",
  least: 1,
  most: 1,
  description: "As the reply header Sealway-Exchange-Id told it.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const exchangeId = readExchangeId(named[0]!, operands.description);
  const { reason, by } = given;
  const dryRun = given["dry-run"];
  const configuration = await loadServerConfiguration(given.config);
  const { records } = await orderRetention(configuration, { order: "erase", exchangeId, reason, by, dryRun });
  if (records === 0) {
    process.stderr.write("sealway log erase: the log has no content of this exchange\n");
    return exitCodes.failed;
  }
  process.stdout.write(`the content of ${records} messages ${dryRun ? "would be" : "was"} erased\n`);
  return exitCodes.ok;
}
