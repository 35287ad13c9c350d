import { checkOwnLog, type OwnLogCheck } from "../assembly/check-own-log.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { monotonic, systemClock } from "../core/clock.ts";
import { type Damage, damageKinds } from "../messagelog/check/damage.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { progressOn } from "./progress.ts";

export const summary = "Computes a security server's log anew and names each damage";

export const description =
  "Works beside the running server or without it. Records, signatures, contents, chains, batches, index of persons, " +
  "documents, time-stamps, checkpoints and cosignatures are all computed from what is stored, and compared; the " +
  "governing authority and the peers that witness the log are asked what they have seen of it. Each damage is named with " +
  "writer, number and batch: changed, missing, reordered, cut off at the end, rolled back, split view and the others.\n" +
  "Whose certificates the signatures are of, and whether they were good then, `sealway verify` says of an exchange. " +
  "What was recorded since the last batch is bound by the running server's word alone. Kept bodies are compared with the " +
  "digests in the signed heads, where their keys are alive, and the search index with its checksums.";

export const flags = [
  configFlag,
  {
    kind: "switch",
    name: "offline",
    description:
      "Asks no witness: compares with what the server noted itself. A roll-back of both stays unseen.",
  },
  { kind: "switch", name: "json", description: "Prints the result as JSON." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const [began, progress] = [monotonic(), progressOn()];
  const result = await checkOwnLog(configuration, {
    clock: systemClock,
    witnesses: given.offline ? "not asked" : "asked",
    progress: ({ records, batches }) => progress.tell(`${records} records, ${batches} batches`),
  }).finally(progress.end);
  const seconds = (monotonic() - began) / 1000;
  process.stdout.write(given.json ? printJson(result, seconds) : printText(result, seconds));
  return result.damages.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function printJson({ silent, checkpointSeals, ...result }: OwnLogCheck, seconds: number): string {
  const asked = {
    silent: Object.fromEntries(silent),
    checkpointSeals: Object.fromEntries(checkpointSeals),
  };
  return `${JSON.stringify({ valid: result.damages.length === 0, ...result, ...asked, seconds }, undefined, 2)}\n`;
}

function printText(result: OwnLogCheck, seconds: number): string {
  const { records, batches, unsealed, contents, checkpoints, checkpointSeals } = result;
  const { damages, discontinuities, more, silent } = result;
  const lines = [
    `${records} records in ${batches} batches, ${unsealed} not time-stamped yet; ${seconds.toFixed(1)} s`,
    `contents: ${contents.readable} readable, ${contents.erased} erased, ${contents.withheld} withheld; ${contents.bodies} kept bodies`,
    ...checkpoints.map(({ by, size, witnesses }) => {
      return `${by} holds ${size} batches, cosigned by ${witnesses.join(", ") || "nobody"}`;
    }),
    ...[...checkpointSeals].map(([member, { count, size, time }]) => {
      return `${member} sealed ${count} checkpoints, the newest of ${size} batches at ${new Date(time).toISOString()}`;
    }),
    ...[...silent].map(([witness, reason]) => `${witness} could not be asked: ${reason}`),
    ...(checkpoints.length === 0 ? ["no witness: what is gone from the end may stay unseen"] : []),
    ...(discontinuities > 0
      ? [`it went on ${discontinuities} times from an earlier state: see \`sealway log lost\``]
      : []),
    ...damages.map(describe),
    ...(more > 0 ? [`and ${more} more`] : []),
    damages.length === 0 ? "no damage" : `${damages.length + more} damages`,
  ];
  return `${lines.join("\n")}\n`;
}

function describe({ kind, writer, number, last, batch, detail }: Damage): string {
  const place = [
    ...(number === undefined ? [] : [`record ${number}${last === undefined ? "" : ` to ${last}`}`]),
    ...(writer === undefined ? [] : [`of writer ${writer}`]),
    ...(batch === undefined ? [] : [`batch ${batch}`]),
  ];
  return `DAMAGE ${kind}: ${place.join(", ")}: ${damageKinds[kind]}${detail === undefined ? "" : ` (${detail})`}`;
}
