import type { RegistrationAnswer, RegistrationStatus } from "../assembly/registration.ts";
import type { Change } from "../message/registration/registration-change.ts";
import { requestDigest } from "../message/registration/registration-request.ts";
import { exitCodes } from "./command.ts";

/** What nobody reads, of which the beginning tells one from others; all else is shown whole, since officers approve it. */
const cut: ReadonlySet<string> = new Set(["certificate", "tlsCertificates", "officers", "handOver"]);
const mostShown = 120;

/** A request in lines. */
export function requestLines(status: RegistrationStatus): string {
  const { request, state, received, expires, approved, persons, automatic, reason } = status;
  const lines = [
    `${request.id}  ${state}, handed in ${received}`,
    ...(expires === null ? [] : [`  expires ${expires} if nobody acts`]),
    ...(automatic === null
      ? [`  approved by ${approved} of ${persons} officers`]
      : [`  approved by rule: ${automatic}`]),
    ...(reason === null ? [] : [`  declined: ${plain(reason)}`]),
    ...(request.note === undefined ? [] : [`  note: ${plain(request.note)}`]),
    ...request.changes.map((change) => `  ${changeLine(change)}`),
  ];
  return `${lines.join("\n")}\n`;
}

function changeLine({ kind, ...stated }: Change): string {
  const said = Object.entries(stated).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const isCut = cut.has(name) && text.length > mostShown;
    return `${name} ${plain(isCut ? `${text.slice(0, mostShown)}…` : text)}`;
  });
  return `${plain(kind)}: ${said.join(", ")}`;
}

/** It comes from whoever asks, and is printed on a terminal. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\uFFFD");
}

/** Prints what became of a request. @returns the exit code */
export function tellRequest(answer: RegistrationAnswer): number {
  if (answer.kind === "refused") return tellRefusal(answer);
  process.stdout.write(requestLines(answer.taken));
  return exitCodes.ok;
}

export function tellRefusal({
  code,
  detail,
  remedy,
}: Extract<RegistrationAnswer, { kind: "refused" }>): number {
  process.stderr.write(`${code}: ${detail}\n${remedy}\n`);
  return exitCodes.failed;
}

/** As an officer names it: by what is shown, whatever digest came with it. */
export function decidedOn({ request }: RegistrationStatus) {
  return { instance: request.instance, request: request.id, sha256: requestDigest(request) };
}
