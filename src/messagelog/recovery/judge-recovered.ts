import { readFile } from "node:fs/promises";
import { asBuffer, sha256Base64Url } from "../../core/bytes.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import { messageFolders } from "../evidence/package-layout.ts";
import { readPackage } from "../evidence/package-read.ts";
import { exchangeOf, signatureFileOf } from "../evidence/read-once.ts";
import { type PackageVerdict, verifyPackage } from "../evidence/verify-package.ts";
import { pairOf } from "../statement/hour-tables.ts";
import { type Entry, type Pair, pairName } from "../statement/pair-hour.ts";

/** Why there is no package of an exchange, beside error codes. */
const refusals = {
  package_unusable: "what the peer sent is no evidence package",
  package_of_another_exchange: "the peer sent evidence of another exchange",
  package_invalid: "the peer's package does not verify",
  package_of_other_parties: "the exchange in it is not between the two members on these servers",
  package_of_other_messages: "the messages in it are not those that the peer said it has",
  package_kept_of_others: "another package with this exchange id is kept already",
  package_gone: "the package that was kept is there no more",
  package_not_signed_here: "nothing in it was signed by the member whose log lost it",
} as const;

type Refusal = keyof typeof refusals;

/** What a package must prove. */
export interface ExpectedPackage {
  /** Whose log lost it, first; the peer, second. */
  readonly pair: Pair;
  readonly instance: string;
  /** As the peer listed it. */
  readonly entry: Entry;
}

export interface RecoveredQuestion extends ExpectedPackage {
  /** Attacker-controlled. */
  readonly bytes: Uint8Array;
  /** Milliseconds: the present of the verification. */
  readonly at: number;
}

/** `finding` is the verifier's own word for what is wrong. */
export type RecoveredVerdict = { readonly outcome: "good" } | Refused;

interface Refused {
  readonly outcome: "refused";
  readonly refusal: Refusal;
  readonly finding: string | null;
}

interface ReadMessage {
  readonly document: ExchangeDocument;
  /** As entries have it. */
  readonly digest: string;
}

/**
 * Whether a package proves what this side lost: valid by this server's own anchor, of this very exchange between these
 * two, with the messages that the peer listed, one of them signed on this side.
 */
export async function judgeRecovered(
  anchorFile: string,
  { bytes, at, entry, instance, pair }: RecoveredQuestion,
): Promise<RecoveredVerdict> {
  const given = asBuffer(bytes);
  const { verdict, exchange, findings } = await verifyPackage(given, {
    anchor: await readFile(anchorFile),
    at,
  });
  if (verdict === "unusable") return refused("package_unusable", findings[0]?.code);
  if (exchange?.id !== entry.id || exchange.instance !== instance)
    return refused("package_of_another_exchange");
  if (verdict === "invalid") return refused("package_invalid", failureIn(findings));
  const messages = await readMessages(given);
  const refusal = refusalOf(messages, entry, pair);
  return refusal === undefined ? { outcome: "good" } : refused(refusal);
}

/** As it stands in an account: one word, or two. */
export function reasonOf({ refusal, finding }: Refused): string {
  return finding === null ? refusal : `${refusal} ${finding}`;
}

/** An account's reason in a sentence; an error code as it is. */
export function describeReason(reason: string): string {
  const [refusal, finding] = reason.split(" ") as [string, string?];
  if (!Object.hasOwn(refusals, refusal)) return reason;
  return `${refusals[refusal as Refusal]}${finding === undefined ? "" : ` (${finding})`}`;
}

function refused(refusal: Refusal, finding?: string): RecoveredVerdict {
  return { outcome: "refused", refusal, finding: finding ?? null };
}

function failureIn(findings: PackageVerdict["findings"]): string | undefined {
  return findings.find(({ severity }) => severity === "failure")?.code;
}

/** The messages that both sides hold: not what the consumer concluded for itself. */
async function readMessages(bytes: Buffer): Promise<ReadMessage[]> {
  const files = await readPackage(bytes);
  const read = messageFolders.flatMap((folder): ReadMessage[] => {
    const [exchange, signature] = ["exchange", "signature.jws.json"].map((name) =>
      files.get(`${folder}/${name}`),
    );
    const file = signature && signatureFileOf(signature);
    if (exchange === undefined || file === undefined) return [];
    return [{ document: exchangeOf(exchange), digest: sha256Base64Url(file.signature.compact) }];
  });
  return read.filter(({ document }) => document.signerRole !== "client");
}

function refusalOf(messages: readonly ReadMessage[], entry: Entry, pair: Pair): Refusal | undefined {
  const ownRole = entry.role === "consumer" ? "provider" : "consumer";
  const isBetween = ({ document }: ReadMessage) => pairName(pairOf(document, ownRole)) === pairName(pair);
  if (!messages.every(isBetween)) return "package_of_other_parties";
  const request = messages.find(({ document }) => document.type === "request");
  const answer = messages.find(({ document }) => document.type !== "request");
  const isListed = (message: ReadMessage | undefined, digest: string | null) =>
    digest === null || message?.digest === digest;
  if (!isListed(request, entry.request) || !isListed(answer, entry.answer))
    return "package_of_other_messages";
  const own = ownRole === "consumer" ? request : answer;
  return own === undefined ? "package_not_signed_here" : undefined;
}
