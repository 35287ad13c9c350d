import { SealwayError } from "../../core/errors.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import { type Finding, Findings } from "./finding.ts";
import { filesBelow, type MessageFolder, messageFolders } from "./package-layout.ts";
import { readPackage } from "./package-read.ts";
import { type PackageVerdict, type VerifyOptions, verifyPackage } from "./verify-package.ts";

/** Where the findings of each package stand, and those about both. */
const places = ["first", "second"] as const;
const both = "both";

type Files = ReadonlyMap<string, Buffer>;

/**
 * Verifies two packages of one exchange, one from each side's log, and joins them: the same messages, in both logs, each
 * with a time-stamp of its own. Places begin with `first/` and `second/`.
 */
export async function verifyJoined(
  packages: readonly [Buffer, Buffer],
  options: VerifyOptions,
): Promise<PackageVerdict> {
  const verdicts = await Promise.all(packages.map((bytes) => verifyPackage(bytes, options)));
  const [first, second] = verdicts as [PackageVerdict, PackageVerdict];
  const findings = new Findings();
  if (first.exchange !== undefined && second.exchange !== undefined) {
    const [one, other] = await Promise.all(packages.map(readPackage));
    if (isSame(first.exchange, second.exchange)) join(one!, other!, [first, second], findings);
    else findings.add("sides-other-exchange", both, `${first.exchange.id} and ${second.exchange.id}`);
  }
  const all = [first, second].flatMap((verdict, i) => verdict.findings.map((one) => placed(one, places[i]!)));
  return {
    verdict: worstOf([first.verdict, second.verdict, findings.hasFailure ? "invalid" : "valid"]),
    exchange: first.exchange ?? second.exchange,
    findings: [...all, ...findings.all],
  };
}

function isSame(one: NonNullable<PackageVerdict["exchange"]>, other: typeof one): boolean {
  return one.id === other.id && one.instance === other.instance;
}

function placed(finding: Finding, place: string): Finding {
  return { ...finding, place: `${place}/${finding.place}` };
}

function worstOf(verdicts: readonly PackageVerdict["verdict"][]): PackageVerdict["verdict"] {
  if (verdicts.includes("unusable")) return "unusable";
  return verdicts.includes("invalid") ? "invalid" : "valid";
}

function join(
  one: Files,
  other: Files,
  verdicts: readonly [PackageVerdict, PackageVerdict],
  findings: Findings,
): void {
  const held = [one, other].map((files) =>
    messageFolders.filter((folder) => files.has(`${folder}/exchange`)),
  );
  const isAnswer = (folder: MessageFolder) => folder !== "request";
  const request = held.map((folders) => folders.find((folder) => folder === "request"));
  const answer = held.map((folders) => folders.find(isAnswer));
  joinMessage("request", [one, other], request, findings);
  joinMessage("answer", [one, other], answer, findings);
  for (const folder of new Set(held.flat())) judgeTimes(folder, verdicts, findings);
  if (request[0] !== undefined && isSameFile(one, other, "request/evidence.ers"))
    findings.add("sides-one-log", both);
}

function joinMessage(
  which: "request" | "answer",
  [one, other]: readonly [Files, Files],
  [here, there]: readonly (MessageFolder | undefined)[],
  findings: Findings,
): void {
  const place = `${both}/${which}`;
  if (here === undefined && there === undefined) return;
  if (here === undefined || there === undefined) {
    findings.add("sides-message-one-sided", place, here === undefined ? "second" : "first");
    return;
  }
  if (isSameMessage(filesBelow(one, here), filesBelow(other, there))) findings.add("sides-agree", place);
  else if (isOwnConclusion(one, here) !== isOwnConclusion(other, there))
    findings.add("sides-answer-not-received", place, `${here} and ${there}`);
  else findings.add("sides-differ", place, `${here} and ${there}`);
}

/** The same bytes under the same signature; the OCSP responses beside it each side may have from elsewhere. */
function isSameMessage(one: Files, other: Files): boolean {
  const signatures = [one, other].map((files) => signatureOf(files.get("signature.jws.json")));
  return signatures[0] !== undefined && signatures[0] === signatures[1] && isSameFile(one, other, "exchange");
}

function signatureOf(file: Buffer | undefined): string | undefined {
  // Its form was judged with its package; up to the unprotected header it has one spelling.
  return file?.toString("latin1").split('","header":')[0];
}

function isSameFile(one: Files, other: Files, path: string): boolean {
  const bytes = one.get(path);
  return bytes !== undefined && other.get(path)?.equals(bytes) === true;
}

/** What the consumer signed for itself, because no good answer came. */
function isOwnConclusion(files: Files, folder: MessageFolder): boolean {
  return readDocument(files.get(`${folder}/exchange`))?.signerRole === "client";
}

function readDocument(bytes: Buffer | undefined): ExchangeDocument | undefined {
  try {
    return bytes && parseExchange(bytes);
  } catch (error) {
    if (error instanceof SealwayError) return undefined;
    throw error;
  }
}

function judgeTimes(
  folder: MessageFolder,
  verdicts: readonly [PackageVerdict, PackageVerdict],
  findings: Findings,
): void {
  const times = verdicts.flatMap(({ findings: found }) => {
    return (
      found.find(({ code, place }) => code === "time-proven" && place.startsWith(`${folder}/`))?.detail ?? []
    );
  });
  if (times.length === 2) findings.add("sides-both-timed", `${both}/${folder}`, times.join(" and "));
}
