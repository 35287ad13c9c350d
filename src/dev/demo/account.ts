import { styleText } from "node:util";
import type { Account, DemoEvent, Ending, EvidenceFound, Tell } from "./event.ts";

type Style = Parameters<typeof styleText>[0];
type Writers = {
  readonly [Name in DemoEvent["event"]]: (event: Extract<DemoEvent, { event: Name }>) => string;
};

const labelWidth = 17;

/** Tells events to another program: a JSON object on each line. */
export function jsonAccount(out: NodeJS.WritableStream): Tell {
  return (event) => void out.write(`${JSON.stringify(event)}\n`);
}

/** Tells events to a reader; with colours at a terminal that wants them. */
export function textAccount(screen: NodeJS.WriteStream): Tell {
  const paint = (style: Style, text: string) => styleText(style, text, { stream: screen });
  const writers = writersFor(paint);
  return (event) => {
    const write = writers[event.event] as (event: DemoEvent) => string;
    screen.write(write(event));
  };
}

function writersFor(paint: (style: Style, text: string) => string): Writers {
  const heading = (text: string) => `\n${paint("bold", text)}\n`;
  return {
    begin: ({ directory, kept }) =>
      `${paint("bold", "Sealway: a country on loopback.")} A demonstration: nothing that is signed here proves anything.\n` +
      line("files", `${directory}${kept ? "" : ", removed at the end unless --keep is given"}`) +
      heading("Starting"),
    process: ({ name, seconds }) => line(name, `ready after ${seconds.toFixed(1)} s`),
    ready: ({ seconds, servers, members }) =>
      `\n${members} members behind ${servers} security servers, ready after ${seconds.toFixed(1)} s.\n`,
    exchange: (account) => heading(titleOf(account)) + accountLines(account, paint),
    sealed: ({ servers, seconds }) =>
      heading("Evidence") +
      line(
        "time-stamps",
        `asked of ${servers.length} servers at once (else every 30 s), there after ${seconds.toFixed(1)} s`,
      ),
    evidence: (found) => evidenceLines(found, paint),
    summary: ({ exchanges, asExpected, packages, valid, passed }) =>
      heading("Summary") +
      line("exchanges", `${asExpected} of ${exchanges} ended as they should`) +
      line("evidence", `${valid} of ${packages} packages verified, offline`) +
      line("result", passed ? paint("green", "passed") : paint("red", "failed")),
    try: ({ lines }) =>
      heading("Try it") +
      lines.map(({ what, command }) => `  ${paint("dim", `# ${what}`)}\n  ${command}\n`).join("") +
      "\nCtrl-C ends the country.\n",
  };
}

function titleOf({ number, title, scenario }: Account): string {
  return `${number}. ${title}${scenario === null ? "" : ` (scenario ${scenario})`}`;
}

function accountLines(account: Account, paint: (style: Style, text: string) => string): string {
  const { asks, answers, method, target, ending, says, asExpected, expected } = account;
  const { exchangeId, queryId, notYetChecked, memory } = account;
  const verdict = asExpected ? paint("green", "as it should") : paint("red", `NOT as it should: ${expected}`);
  return [
    line("asks", `${asks.name}, ${asks.id}, at server ${asks.server}`),
    line("is asked", `${answers.name}, ${answers.id}, at server ${answers.server}`),
    line("call", `${method} ${target}`),
    line("decision", `${decisionOf(ending)}, ${verdict}`),
    says === "" ? "" : line("answer", says),
    ending.kind === "problem" ? line("told", ending.message) + line("remedy", ending.remedy) : "",
    line("time and size", measuresOf(account)),
    ...(memory ?? []).map((use) => line(`memory ${use.name}`, memoryOf(use))),
    exchangeId === null
      ? ""
      : line("exchange", `${exchangeId}${queryId === null ? "" : `  query ${queryId}`}`),
    notYetChecked.length === 0 ? "" : line("not yet checked", paint("yellow", notYetChecked.join("; "))),
  ].join("");
}

function decisionOf(ending: Ending): string {
  if (ending.kind === "answer") return `permitted, answered with ${ending.status}`;
  const { code, hop, rule } = ending;
  return rule === null
    ? `no answer: ${code} at the ${hop}`
    : `refused by the ${hop}: ${code} by rule ${rule}`;
}

function measuresOf({ milliseconds, sentBytes, receivedBytes }: Account): string {
  const sent = sentBytes === 0 ? "" : `${sizeOf(sentBytes)} sent, `;
  const speed = (sentBytes + receivedBytes) / 1024 / 1024 / (milliseconds / 1000);
  const rate = speed < 1 ? "" : `, ${speed.toFixed(0)} MiB/s`;
  return `${milliseconds.toFixed(0)} ms, ${sent}${sizeOf(receivedBytes)} received${rate}`;
}

function memoryOf({ before, most, after }: NonNullable<Account["memory"]>[number]): string {
  return `${sizeOf(before)} before, ${sizeOf(most)} at most, ${sizeOf(after)} after`;
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${bytes.toLocaleString("en")} bytes`
    : `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}

function evidenceLines(found: EvidenceFound, paint: (style: Style, text: string) => string): string {
  const { number, server, side, messages, sealedAt, valid, findings, troubles, file } = found;
  const verdict = valid ? paint("green", "valid") : paint("red", "INVALID");
  const counted = Object.entries(findings).map(([result, count]) => `${count} ${result}`);
  const time = sealedAt === null ? "no time-stamp" : `time-stamped ${sealedAt}`;
  return (
    line(
      `${number}. ${side}`,
      `${verdict}: ${messages.join(", ")} at ${server}, ${time}; ${counted.join(", ")}`,
    ) +
    troubles.map((trouble) => line("", paint("red", trouble))).join("") +
    (file === null ? "" : line("", paint("dim", file)))
  );
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(labelWidth)} ${text}\n`;
}
