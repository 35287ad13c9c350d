import { type Diagnosis, diagnose } from "../assembly/doctor/diagnose.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { type Colour, paint } from "./paint.ts";

export const summary = "Finds and explains what is wrong with a security server";

export const description =
  "Works beside the running server or without it, and changes nothing. Looks at the configuration file, secrets and their " +
  "permissions, folders and disk space, the global configuration and its mirrors, registration, keys and certificates, OCSP " +
  "responders, time-stamping authorities, the clock, the message log, ports, the order socket, peers by mutual TLS (50 at " +
  "most), and asks the running server for its alarms. Each time-stamping authority is asked for one token. Of each finding " +
  "it says what is wrong, why it matters and what to do. Run it as the server's user. The exit code is 1 when something is " +
  "broken; warnings leave it 0.";

export const flags = [configFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, json } = readArguments({ flags }, args).flags;
  const tell = (diagnosis: Diagnosis) => {
    if (diagnosis.state !== "not examined") process.stdout.write(`${linesOf(diagnosis).join("\n")}\n`);
  };
  const all = await diagnose(config, systemClock, json ? () => {} : tell);
  const isBroken = all.some(({ state }) => state === "broken");
  process.stdout.write(json ? toJson({ broken: isBroken, examinations: all }) : verdictOf(all));
  return isBroken ? exitCodes.failed : exitCodes.ok;
}

const marks: Readonly<Record<Diagnosis["state"], readonly [word: string, colour: Colour]>> = {
  well: ["ok", "green"],
  warning: ["WARNING", "yellow"],
  broken: ["BROKEN", "red"],
  "not examined": ["-", "dim"],
};

const longestMark = Math.max(...Object.values(marks).map(([word]) => word.length));

function linesOf({ title, state, findings }: Diagnosis): string[] {
  const [word, colour] = marks[state];
  return [
    `${paint(word.padEnd(longestMark), colour)}  ${title}`,
    ...findings.flatMap(({ severity, what, why, remedy }) => [
      `  ${paint(severity === "broken" ? "broken" : "warning", severity === "broken" ? "red" : "yellow")}: ${plain(what)}`,
      `    why: ${plain(why)}`,
      `    do:  ${plain(remedy)}`,
    ]),
  ];
}

/** What a peer or a mirror said must not steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

function verdictOf(all: readonly Diagnosis[]): string {
  const count = (severity: "broken" | "warning") =>
    all.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length;
  const [broken, warnings] = [count("broken"), count("warning")];
  const left = all.filter(({ state }) => state === "not examined").map(({ title }) => title);
  const note = left.length === 0 ? "" : `not examined: ${left.join("; ")}\n`;
  if (broken + warnings === 0) return `${note}${paint("all is well", "green")}\n`;
  return `${note}${broken} broken, ${warnings} ${warnings === 1 ? "warning" : "warnings"}\n`;
}
