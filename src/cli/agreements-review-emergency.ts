import { reviewEmergency } from "../assembly/review-emergency.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { SealwayError } from "../core/errors.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";

export const summary = "Records that a call by emergency access was reviewed";

export const description =
  "The running security server signs the review with the seal of the member on its side and keeps it in the log; the " +
  "alarm `emergency_unreviewed` ends with the last one that waits. Each side reviews for itself, within 72 hours: after " +
  "that the server of who discloses, the provider's or of a message the sender's, grants no emergency access under the " +
  "agreement until it is done.";

export const flags = [
  runningConfigFlag,
  {
    kind: "required",
    name: "finding",
    value: "WORD",
    description: "What was found: justified or unjustified.",
  },
  {
    kind: "required",
    name: "by",
    value: "NAME",
    description: "Who reviewed it, as that officer is called.",
  },
  {
    kind: "required",
    name: "reason",
    value: "TEXT",
    description: "Why it is found so, for the record; no names of persons concerned.",
  },
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "EXCHANGE",
  least: 1,
  most: 1,
  description: "The exchange id of the call.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { by: who, config, finding, reason: why } = given;
  if (finding !== "justified" && finding !== "unjustified")
    throw new UsageError(`--finding ${finding} is no finding`, "Write justified or unjustified.");
  const exchange = named[0]!;
  const configuration = await loadServerConfiguration(config);
  try {
    const order = { order: "emergency review", exchange, finding, who, why } as const;
    const reviewed = await reviewEmergency(configuration, order);
    const lines = reviewed.map(({ agreement, role }) => `reviewed: ${exchange}, ${role} of ${agreement}\n`);
    process.stdout.write(given.json ? `${JSON.stringify(reviewed)}\n` : lines.join(""));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
    process.stderr.write(`review-emergency: ${error.code}: ${error.detail}\n`);
    return exitCodes.failed;
  }
}
