import { type OrderedRenewal, orderRenewal } from "../assembly/order-renewal.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { RenewalOrder } from "../messagelog/renewal/renewal-steps.ts";
import { defaultRenewalRules } from "../messagelog/renewal/token-ages.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { progressOn } from "./progress.ts";

export const summary = "Renews the time-stamps of a security server's log before they age";

export const description =
  "A running server renews by itself what is due 90 days before a certificate of the time-stamping authority expires, or a " +
  "tenth of its validity when that is shorter. This command does so now, or renews all records under another digest " +
  "(RFC 4998 §5.2). When the server is running it takes over the order within a minute and its health tells how far it is; " +
  "else the command does the work itself. A renewal that was cut short leaves the old evidence as it was.";

export const flags = [
  configFlag,
  {
    kind: "text",
    name: "hash",
    value: "NAME",
    description: "Hashes every record anew, with `sha384` or `sha512`, whatever its time-stamp's age.",
  },
  {
    kind: "text",
    name: "before-expiry",
    value: "DAYS",
    description: "Renews what stands on a certificate that expires within so many days.",
  },
  {
    kind: "switch",
    name: "dry-run",
    description: "Counts what is due and writes nothing; works beside the running server.",
  },
] as const satisfies readonly Flag[];

type Given = FlagValues<typeof flags>;

const day = 24 * 3_600_000;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const order = readOrder(given);
  const configuration = await loadServerConfiguration(given.config);
  const run = given["dry-run"] ? "dry" : "real";
  const shown = progressOn();
  const progress = (done: number, of: number) => shown.tell(`${done} of ${of} batches`);
  const done = await orderRenewal(configuration, { order, run, progress }).finally(shown.end);
  process.stdout.write(`${inWords(done)}\n`);
  return exitCodes.ok;
}

function readOrder(given: Given): RenewalOrder {
  const { hash, "before-expiry": days } = given;
  if (hash !== undefined && days !== undefined)
    throw new UsageError("--hash and --before-expiry are two orders", "Give one at a time.");
  if (hash === "sha384" || hash === "sha512") return { method: "hash-tree", digest: hash };
  if (hash !== undefined) throw new UsageError(`--hash ${hash} is unknown`, "sha384 or sha512.");
  if (days === undefined) return { method: "time-stamp", rules: defaultRenewalRules };
  if (!/^\d{1,5}$/.test(days)) throw new UsageError("--before-expiry is no number of days", "Such as 120.");
  return { method: "time-stamp", rules: { beforeExpiry: Number(days) * day, partOfValidity: 1 } };
}

function inWords(done: OrderedRenewal): string {
  switch (done.outcome) {
    case "ordered":
      return "the running server takes it over: its health tells how far it is";
    case "counted":
      return `${done.leaves} tokens or records are due, under ${done.trees} new time-stamps`;
    case "renewed":
      return `${done.leaves} tokens or records renewed by ${done.renewals.length} new time-stamps`;
  }
}
