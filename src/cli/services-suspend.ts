import { actFlags } from "./act-answer.ts";
import { actOnVersion, versionOperands } from "./act-on-version.ts";
import { type Flag, readArguments } from "./arguments.ts";

export const summary = "Stops all calls of a version of a service";

export const description =
  "Callers get `service_suspended` with the reason, at every server, within seconds. Another version answers those whose agreement covers it. `services resume` ends it.";

export const flags = [
  ...actFlags,
  {
    kind: "required",
    name: "reason",
    value: "TEXT",
    description: "Why, for everybody to read; no names of persons.",
  },
] as const satisfies readonly Flag[];

export const operands = versionOperands;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  return actOnVersion("suspend", named, { reason: given.reason }, given);
}
