import { checkRegistryLog } from "../assembly/check-registry-log.ts";
import { registryPlace } from "../assembly/registry-place.ts";
import { composeParts } from "../authority/compose-parts.ts";
import { loadRegistry } from "../authority/registry.ts";
import { systemClock } from "../core/clock.ts";
import { damageKinds } from "../messagelog/check/damage.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { registryLogFlag } from "./registration-flags.ts";

export const summary = "Computes the log of an authority's registry anew and names each damage";

export const description =
  "Works beside the running authority or without it. Entries, chains, batches and time-stamps are computed from what is " +
  "stored, as `sealway log check` does with the log of a security server. Whether each entry follows the one before and " +
  "is signed by the authority, the authority judges itself at each start.";

export const flags = [
  { kind: "required", name: "state", value: "DIR", description: "The authority's directory." },
  {
    kind: "required",
    name: "registry",
    value: "FILE",
    description: "The registry file, whose time-stamping authorities are trusted.",
  },
  registryLogFlag,
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given } = readArguments({ flags }, args);
  const { index } = composeParts(await loadRegistry(given.registry));
  const place = await registryPlace(given.state, given.postgresql);
  const result = await checkRegistryLog(place, index, systemClock);
  const { batches, unsealed, damages, more } = result;
  const lines = [
    `${batches} batches, ${unsealed} records not time-stamped yet`,
    ...damages.map(({ kind, batch, detail }) => {
      const place = batch === undefined ? "" : ` batch ${batch}:`;
      return `DAMAGE ${kind}:${place} ${damageKinds[kind]}${detail === undefined ? "" : ` (${detail})`}`;
    }),
    damages.length === 0 ? "no damage" : `${damages.length + more} damages`,
  ];
  const isWhole = damages.length === 0;
  process.stdout.write(given.json ? toJson({ valid: isWhole, ...result }) : `${lines.join("\n")}\n`);
  return isWhole ? exitCodes.ok : exitCodes.failed;
}
