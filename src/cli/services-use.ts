import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type AgreementUse, makeUseReport, type UseReport } from "../assembly/use-report/make-use-report.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { readerFlags, recordRead, tellProgress, timeOf } from "./log-query.ts";

export const summary = "Reports which agreements are used, and what is still asked of people";

export const description =
  "Of each agreement of the server's members: exchanges and last use; identical look-ups of the same person while the " +
  "answer before was fresh by the service's description; and, of consumers served here, what their checked forms and " +
  "counts of cases say they still ask people for, although they may fetch it. Works beside the running server or " +
  "without it.\n" +
  "What the log, the catalogue or a member does not tell is reported as not known (null in JSON), never as zero. " +
  "Persons are compared by search tags and not named. Who made the report and why is recorded in the log before it is " +
  "printed.";

export const flags = [
  configFlag,
  ...readerFlags,
  {
    kind: "text",
    name: "since",
    value: "TIME",
    description: "RFC 3339, such as 2026-11-22; from the beginning of the log unless told.",
  },
  { kind: "text", name: "until", value: "TIME", description: "The same; now unless told." },
  {
    kind: "switch",
    name: "json",
    description: "Prints the report as JSON; times are milliseconds since 1970.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const period = {
    since: readTime("since", given.since) ?? 0,
    until: readTime("until", given.until) ?? systemClock.now(),
  };
  if (period.since >= period.until) throw new UsageError("--since is not before --until");
  const configuration = await loadServerConfiguration(given.config);
  const report = await makeUseReport(configuration, period, systemClock, tellProgress);
  const what = [`use of agreements since ${timeText(period.since)} until ${timeText(period.until)}`];
  await recordRead(configuration, given, { action: "search", what, results: report.agreements.length });
  process.stdout.write(given.json ? `${JSON.stringify(report, undefined, 2)}\n` : print(report));
  return exitCodes.ok;
}

function readTime(name: string, text: string | undefined): number | undefined {
  const time = text === undefined ? undefined : timeOf(text);
  if (text !== undefined && time === undefined)
    throw new UsageError(`--${name} ${text} is no time`, "Write 2026-11-22.");
  return time;
}

function print({ agreements, logBegins, catalogueKnown }: UseReport): string {
  const head = [
    `the log begins: ${logBegins === null ? "not known, it is empty" : timeText(logBegins)}`,
    ...(catalogueKnown ? [] : ["the catalogue is not known: neither is what depends on it"]),
  ];
  return [...head, ...agreements.map(printOne), `${agreements.length} agreements`, ""].join("\n");
}

function printOne(use: AgreementUse): string {
  const { agreement, consumer, service, role, repeated } = use;
  return [
    `${agreement}: ${consumer} asks ${service} (this server is the ${role}'s)`,
    `  exchanges: ${printUses(use)}`,
    `  repeated while fresh: ${repeated === null ? "not known" : `${repeated.count}, within ${repeated.maxAgeSeconds} s`}`,
    ...(repeated?.examples ?? []).map(({ first, again }) => `    ${again} repeats ${first}`),
    ...(role === "consumer" ? printCollected(use) : []),
  ].join("\n");
}

function printUses({ exchanges, answered, lastUse, neverUsed, knownSince }: AgreementUse): string {
  if (exchanges === null || knownSince === null) return "not known";
  if (exchanges > 0) return `${exchanges}, of which ${answered} answered; last use ${timeText(lastUse!)}`;
  if (neverUsed === true) return "never used";
  return `none since ${timeText(knownSince)}; before that it is not known`;
}

function printCollected({ stillCollected }: AgreementUse): readonly string[] {
  if (stillCollected === null) return ["  still asked of people: not known"];
  const { forms, counts } = stillCollected;
  const lines = [
    ...forms.map(({ name, checked, elements }) => {
      const asked = elements.map(({ element, confidence }) => `${element} (${confidence})`).join(", ");
      return `    form ${JSON.stringify(name)}, checked ${timeText(checked)}: ${asked}`;
    }),
    ...counts.map(({ element, cases, collected, from, to }) => {
      return `    ${element}: in ${collected} of ${cases} cases from ${from} to ${to}`;
    }),
  ];
  return [
    `  still asked of people: ${lines.length === 0 ? "no, as far as forms and counts tell" : "yes"}`,
    ...lines,
  ];
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}
