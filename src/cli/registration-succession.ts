import { parseMemberId } from "../core/ids.ts";
import type { ChangeOf } from "../message/registration/registration-change.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { readDay } from "./read-day.ts";
import { askForChanges, changeFlags } from "./registration-change.ts";

export const summary = "Asks that it be recorded what became of members by law";

export const description =
  "By a legal act members merge, split, take another name or are dissolved; from that day on others answer for what they " +
  "did (`sealway members successors`). One of the members or an officer asks, and two officers of the governing authority " +
  "approve. With --end it is struck out, since it was recorded wrongly: an officer asks.";

type Became = ChangeOf<"succession-add">["became"];
const kinds: ReadonlySet<string> = new Set<Became>(["merged", "split", "renamed", "dissolved"]);

export const flags = [
  ...changeFlags,
  {
    kind: "text",
    name: "became",
    value: "WORD",
    description: "What they became: merged, split, renamed or dissolved.",
  },
  {
    kind: "list",
    name: "to",
    value: "MEMBER",
    description:
      'Who answers for them; given again for each. Where not all passes, what does: "DEV/GOV/1 the roads of the north".',
  },
  {
    kind: "required",
    name: "date",
    value: "DAY",
    description: "From this day on, such as 2027-01-01 (UTC).",
  },
  { kind: "text", name: "act", value: "TEXT", description: "The legal act, as a lawyer finds it." },
  {
    kind: "text",
    name: "end",
    value: "REASON",
    description: "Strikes it out; why, with no names of persons.",
  },
] as const satisfies readonly Flag[];

export const operands = {
  name: "MEMBER…",
  least: 1,
  most: 1000,
  description: "Those of whom it is said, INSTANCE/CLASS/MEMBER.",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  readDay("date", given.date);
  const common = { from: named.map(parseMemberId), date: given.date };
  if (given.end === undefined)
    return askForChanges([{ kind: "succession-add", ...common, ...readSuccession(given) }], given);
  return askForChanges([{ kind: "succession-end", ...common, reason: given.end }], given);
}

function readSuccession({ became, to, act }: FlagValues<typeof flags>) {
  if (became === undefined || !kinds.has(became))
    throw new UsageError("--became is missing", `Write one of ${[...kinds].join(", ")}.`);
  if (act === undefined) throw new UsageError("--act is missing", "Name the legal act.");
  return { became: became as Became, act, to: to.map(readFollower) };
}

/** An identifier has no space in it. */
function readFollower(text: string): ChangeOf<"succession-add">["to"][number] {
  const [member, ...words] = text.split(" ");
  const share = words.join(" ").trim();
  return { member: parseMemberId(member!), ...(share !== "" && { share }) };
}
