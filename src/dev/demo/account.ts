import { styleText } from "node:util";
import type {
  Account,
  ActAccount,
  DemoEvent,
  Ending,
  EvidenceFound,
  FormAccount,
  PageAccount,
  Tell,
} from "./event.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;
type Writers = {
  readonly [Name in DemoEvent["event"]]: (
    event: Extract<DemoEvent, { event: Name }>,
    paint: Paint,
  ) => readonly string[];
};

/** Tells events to another program: a JSON object on each line. */
export function jsonAccount(out: NodeJS.WritableStream): Tell {
  return (event) => void out.write(`${JSON.stringify(event)}\n`);
}

/** Tells events to a reader; with colours at a terminal that wants them. */
export function textAccount(screen: NodeJS.WriteStream): Tell {
  const paint: Paint = (style, text) => styleText(style, text, { stream: screen });
  return (event) => {
    const write = writers[event.event] as (event: DemoEvent, paint: Paint) => readonly string[];
    screen.write(`${write(event, paint).join("\n")}\n`);
  };
}

const writers: Writers = {
  begin: ({ directory, kept }, paint) => [
    `${paint("bold", "Sealway: a country on loopback.")} A demonstration: nothing that is signed here proves anything.`,
    "",
    paint("bold", "Start"),
    line("files", kept ? directory : `${directory} (removed at the end; --keep keeps them)`),
  ],
  process: ({ name, seconds }) => [line(name, `up after ${seconds.toFixed(1)} s`)],
  ready: ({ seconds, servers, members, services }) => [
    line("ready", `${members} members behind ${servers} security servers, after ${seconds.toFixed(1)} s`),
    line("catalogue", `${services} services`),
  ],
  consoles: ({ urls }) => [line("consoles", urls.join(", "))],
  exchange: accountLines,
  page: pageLines,
  form: formLines,
  act: actLines,
  sealed: ({ servers, seconds, directory }, paint) => [
    "",
    paint("bold", "Evidence"),
    line(
      "time-stamped",
      `${servers.join(", ")}: at once, by SIGUSR2 (else every 30 s), in ${seconds.toFixed(1)} s`,
    ),
    line("packages", `${directory}/{exchange}-{side}.zip, verified offline under the authority's anchor;`),
    line("", "each with one warning besides: the instance is a demonstration"),
    "",
    paint("dim", row(["", "side", "server", "messages", "time-stamp", "verdict"])),
  ],
  evidence: evidenceLines,
  summary: ({ packages, valid, passed, ...counts }, paint) => [
    "",
    paint("bold", "Summary"),
    line("exchanges", `${counts.asExpected} of ${counts.exchanges} ended as expected`),
    line("pages", `${counts.pagesAsExpected} of ${counts.pages} say what they should`),
    line("acts", `${counts.actsAsExpected} of ${counts.acts} ended as expected`),
    line("forms", `${counts.formsAsExpected} of ${counts.forms} ended as expected`),
    line("evidence", `${valid} of ${packages} packages are valid`),
    line("result", passed ? paint("green", "passed") : paint("red", "failed")),
  ],
  try: ({ lines }, paint) => [
    "",
    paint("bold", "Try it"),
    ...lines.flatMap(({ what, command }) => [paint("dim", `  # ${what}`), `  ${command}`]),
    "",
    "Ctrl-C ends the country.",
  ],
  end: ({ seconds }) => ["", `All processes have ended, in ${seconds.toFixed(1)} s.`],
};

function accountLines(account: Account, paint: Paint): string[] {
  const { number, title, scenario, asks, answers, onBehalf, method, target, ending, says } = account;
  const { purpose, removed, exchangeId, queryId, notYetChecked, memory, asExpected, expected } = account;
  const mark = asExpected ? paint("green", "as expected") : paint("red", `NOT AS EXPECTED: ${expected}`);
  const source = scenario === null ? "" : paint("dim", ` (scenario ${scenario})`);
  return [
    "",
    paint("bold", `${number}. ${title}`) + source,
    line("asks", `${asks.name}: ${asks.id}, server ${asks.server}`),
    line("is asked", `${answers.name}: ${answers.id}, server ${answers.server}`),
    ...(purpose === null ? [] : [line("purpose", purpose)]),
    ...(onBehalf === null ? [] : [line("on behalf of", `${onBehalf}, by the asking member's word`)]),
    line("call", `${method} ${target}`),
    line("decision", `${decisionOf(ending)}; ${mark}`),
    ...(says === "" ? [] : [line("answer", says)]),
    ...(removed.length === 0 ? [] : [line("removed", `before the provider signed: ${removed.join(", ")}`)]),
    ...(ending.kind === "answer" ? [] : [line("reason", ending.message), line("remedy", ending.remedy)]),
    line("time and size", measuresOf(account)),
    ...(memory ?? []).map((use) => line(`memory ${use.name}`, memoryOf(use))),
    ...(exchangeId === null ? [] : [line("ids", `exchange ${exchangeId}, query ${queryId}`)]),
    ...(notYetChecked.length === 0
      ? []
      : [line("not yet checked", paint("yellow", notYetChecked.join("; ")))]),
  ];
}

function pageLines(account: PageAccount, paint: Paint): string[] {
  const { number, title, scenario, asks, answers, address, did, reads, says, asExpected, exchangeId } =
    account;
  const mark = asExpected ? paint("green", "as expected") : paint("red", "NOT AS EXPECTED");
  return [
    "",
    paint("bold", `${number}. ${title}`) + paint("dim", ` (scenario ${scenario})`),
    line("page", address),
    ...did.map((one, i) => line(i === 0 ? "the person" : "", one)),
    ...reads.map((one, i) => line(i === 0 ? "reads" : "", one)),
    line("the page says", `${says}; ${mark}`),
    line("asks", `${asks.name}: ${asks.id}, server ${asks.server}`),
    line("is asked", `${answers.name}: ${answers.id}, server ${answers.server}`),
    line("ids", `exchange ${exchangeId}`),
  ];
}

function actLines(account: ActAccount, paint: Paint): string[] {
  const { number, title, scenario, by, did, says, asExpected } = account;
  const mark = asExpected ? paint("green", "as expected") : paint("red", "NOT AS EXPECTED");
  const source = scenario === null ? "" : paint("dim", ` (scenario ${scenario})`);
  return [
    "",
    paint("bold", `${number}. ${title}`) + source,
    line("acts", `${by.name}: ${by.id}, server ${by.server}`),
    ...did.map((one) => line("", one)),
    line("state", `${says}; ${mark}`),
  ];
}

function formLines(account: FormAccount, paint: Paint): string[] {
  const { number, title, scenario, asks, questions, held, draft, refusals, asExpected } = account;
  const mark = asExpected ? paint("green", "as expected") : paint("red", "NOT AS EXPECTED");
  return [
    "",
    paint("bold", `${number}. ${title}`) + paint("dim", ` (scenario ${scenario})`),
    line("asks", `${asks}: a form of ${questions} questions for parents, held against the catalogue`),
    ...held.flatMap(({ asked, service, predicates }) => [
      line("held already", `"${asked}": ask ${service}`),
      ...predicates.map((predicate) => line("", `or, where yes or no will do, ${predicate}`)),
    ]),
    line("publishes", `${draft}, the service that takes the form, signed by the city`),
    line("decision", `${refusals.length === 0 ? "nothing against it" : "refused by the authority"}; ${mark}`),
    ...refusals.map(({ code, title, detail }) => line("reason", `${code}: ${title}: ${detail}`)),
    ...new Set(refusals.map(({ remedy }) => line("remedy", remedy))),
  ];
}

function decisionOf(ending: Ending): string {
  if (ending.kind === "answer") return `permitted, answered with ${ending.status}`;
  const { kind, code, rule, status } = ending;
  if (kind === "unsigned") return `turned away with ${status} ${code}, unsigned and not recorded`;
  if (kind === "own") return `no exchange, says the consumer's own server: ${code}`;
  return rule === null
    ? `no answer, signed by the provider: ${code}`
    : `refused, signed by the provider: ${code}, rule ${rule}`;
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

function evidenceLines(found: EvidenceFound, paint: Paint): string[] {
  const { number, side, server, messages, removed, sealedAt, valid, findings, troubles } = found;
  const verdict = valid ? paint("green", "valid") : paint("red", "INVALID");
  const time = sealedAt?.slice(11) ?? "none";
  const cut = removed.length === 0 ? "" : `, ${removed.length} fields cut`;
  const figures = `${verdict}, ${findings.ok ?? 0} checks passed${cut}`;
  return [
    row([String(number), side, server, messages.join(", "), time, figures]),
    ...troubles.map((trouble) => row(["", paint("red", trouble)])),
  ];
}

const labelWidth = 17;
const columnWidths = [3, 9, 11, 18, 14];

function line(label: string, text: string): string {
  return `  ${label.padEnd(labelWidth)} ${text}`;
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, i) => cell.padEnd(columnWidths[i] ?? 0)).join(" ")}`.trimEnd();
}
