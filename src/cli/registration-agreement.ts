import { parseClientId, parseServiceId } from "../core/ids.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { askForChanges, changeFlags } from "./registration-change.ts";

export const summary =
  "Suspends, resumes or ends an agreement between members, as an officer of the governing authority";

export const description =
  "From the next version of the configuration on, which every server has within seconds, no call relies on a suspended agreement, whatever its two sides do. One officer suspends; to resume, or to end for good what is suspended, a second officer approves the request that this makes.";

export const flags = [
  ...changeFlags,
  {
    kind: "required",
    name: "reason",
    value: "TEXT",
    description: "Why, for both sides to read; no names of persons.",
  },
] as const satisfies readonly Flag[];

export const operands = {
  name: "ACT AGREEMENT CONSUMER SERVICE",
  least: 4,
  most: 4,
  description:
    "suspend, resume or end; the agreement's id, who consumes, INSTANCE/CLASS/MEMBER or INSTANCE/CLASS/MEMBER/SUBSYSTEM, and the service.",
} as const;

const kinds = {
  suspend: "agreement-suspend",
  resume: "agreement-resume",
  end: "agreement-end",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [act, agreement, consumer, service] = named as readonly [string, string, string, string];
  if (!Object.hasOwn(kinds, act)) throw new UsageError(`unknown act "${act}"`, operands.description);
  const kind = kinds[act as keyof typeof kinds];
  const about = { agreement, consumer: parseClientId(consumer), service: parseServiceId(service) };
  return askForChanges([{ kind, ...about, reason: given.reason }], given);
}
