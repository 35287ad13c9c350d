import { sha256, toBase64Url } from "../../core/bytes.ts";
import type { ClientId } from "../../core/ids.ts";
import type { Opening } from "../../message/commitment.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { parseHead } from "../../message/head.ts";
import type { Anchor } from "../../trust/anchor.ts";
import type { EvidenceReader, ExchangeEvidence, RecordEvidence } from "../evidence-reader.ts";
import type { GuardEntry } from "../message-record.ts";
import { collectPermission, type PermissionActs } from "./collect-permission.ts";
import type { EvidenceParts, HeadPart, InForce, MessageParts } from "./evidence-package.ts";
import {
  type DisclosedName,
  documentKinds,
  documentPath,
  type OpeningName,
  openingIn,
  referredPaths,
} from "./package-layout.ts";

/** What a package shall show. */
export interface Disclosure {
  /** This server's part in the exchange; the first that it recorded unless told. */
  readonly role?: GuardEntry["role"] | undefined;
  /** Whose exchange, should others have used its id again; that of the first who did unless told. */
  readonly client?: ClientId | undefined;
  /** Heads as they are, or left out but for single openings. */
  readonly heads: "shown" | { readonly openings: readonly DisclosedName[] };
  /** Bodies that were kept; left out unless told, or when their head is left out. */
  readonly bodies?: "shown" | undefined;
  /** One of the two messages only; both unless told. */
  readonly only?: "request" | "answer" | undefined;
}

export type Collected =
  | { readonly outcome: "collected"; readonly parts: EvidenceParts }
  /** The log has no record of the exchange in this role. */
  | { readonly outcome: "unknown" }
  /** A record waits for its time-stamp. */
  | { readonly outcome: "not-sealed" };

/**
 * Collects what proves an exchange from a log: the input of `buildEvidencePackage`.
 * @param anchor of the server that kept the log
 * @param acts how persons gave permissions, where that is disclosed: it names them
 * @throws RangeError when the exchange id is none, or the log was altered
 */
export async function collectEvidence(
  reader: EvidenceReader,
  exchangeId: string,
  anchor: Anchor,
  disclosure: Disclosure,
  acts?: PermissionActs,
): Promise<Collected> {
  const evidence = await reader.findExchange(exchangeId);
  const role = disclosure.role ?? evidence.records[0]?.record.role;
  const both = inOrder(recordsOf(evidence, role, disclosure.client));
  const records = both.filter(({ record }) => isWanted(record.type, disclosure.only));
  if (records.length === 0) return { outcome: "unknown" };
  const messages: MessageParts[] = [];
  for (const one of records) {
    if (one.sealed === undefined) return { outcome: "not-sealed" };
    messages.push({
      signatureFile: one.signatureFile,
      exchange: one.record.exchange,
      head: headPart(one, disclosure),
      body: await bodyPart(reader, one, disclosure),
      evidenceRecord: one.sealed.evidenceRecord,
    });
  }
  const accounts = records.map(({ record }) => parseExchange(record.exchange));
  const descriptions = new Set(accounts.flatMap(({ service }) => service.sha256 ?? []));
  const configurations = evidence.configurations.map((files) => withDescriptions(files, descriptions));
  const documents = documentsInForce(evidence, configurations, new Set(accounts.flatMap(referredPaths)));
  const permission = await collectPermission(reader.log, role, messages, acts);
  return { outcome: "collected", parts: { anchor, configurations, documents, messages, permission } };
}

function isWanted(type: string, only: Disclosure["only"]): boolean {
  return only === undefined || (type === "request") === (only === "request");
}

function recordsOf(
  { records }: ExchangeEvidence,
  role: GuardEntry["role"] | undefined,
  wanted: ClientId | undefined,
): readonly RecordEvidence[] {
  const clientOf = ({ record }: RecordEvidence) => parseExchange(record.exchange).client;
  const ofRole = records.filter(({ record }) => record.role === role);
  const client = wanted ?? (ofRole[0] && clientOf(ofRole[0]));
  return ofRole.filter((one) => clientOf(one) === client);
}

/** The request, then its answer. */
function inOrder(records: readonly RecordEvidence[]): RecordEvidence[] {
  const request = records.find(({ record }) => record.type === "request");
  const answer = records.findLast(({ record }) => record.type !== "request");
  return [request, answer].filter((one) => one !== undefined);
}

/** Without its head nothing would prove it. */
async function bodyPart(
  reader: EvidenceReader,
  { record, head }: RecordEvidence,
  { heads, bodies }: Disclosure,
): Promise<Buffer | undefined> {
  if (bodies !== "shown" || heads !== "shown" || head.state !== "readable") return undefined;
  const body = await reader.bodyOf(record);
  return body.state === "readable" ? body.bytes : undefined;
}

function headPart({ record, head }: RecordEvidence, { heads }: Disclosure): HeadPart {
  if (head.state === "readable" && heads === "shown") return { state: "present", bytes: head.bytes };
  const state = head.state === "erased" ? "erased" : "withheld";
  const openings = new Map<OpeningName, Opening>();
  if (head.state === "readable" && heads !== "shown") {
    const all = parseHead(head.bytes).openings;
    const message = record.type === "request" ? "request" : "answer";
    for (const name of heads.openings.flatMap((one) => openingIn(message, one) ?? [])) {
      const opening = name.startsWith("subject-")
        ? all.subjects[Number(name.slice("subject-".length))]
        : all[name as "user" | "caseReference" | "permission"];
      if (opening != null) openings.set(name, opening);
    }
  }
  return { state, sha256: record.head.sha256, openings };
}

/** Of thousands of service descriptions those that the messages name are enough, with the acts that published them. */
function withDescriptions(
  files: ReadonlyMap<string, Buffer>,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, Buffer> {
  const isWanted = ([name, bytes]: readonly [string, Buffer]) =>
    !name.startsWith("targets/services/") || wanted.has(toBase64Url(sha256(bytes)));
  const kept = new Map([...files].filter(isWanted));
  const folders = new Set([...kept.keys()].map((name) => `${name.slice(0, name.lastIndexOf("/"))}/acts`));
  const acts = [...files].filter(([name]) => folders.has(name.slice(0, name.lastIndexOf("/"))));
  return new Map([...kept, ...acts]);
}

/** Documents to which these messages refer, without those that the configurations bring already. */
function documentsInForce(
  { documents }: ExchangeEvidence,
  configurations: readonly ReadonlyMap<string, Buffer>[],
  referred: ReadonlySet<string>,
): InForce[] {
  const brought = new Set(
    configurations.flatMap((files) => [...files.values()].map((bytes) => toBase64Url(sha256(bytes)))),
  );
  return documents.flatMap(({ kind, sha256: digest, bytes }) => {
    const known = documentKinds.find((one) => one === kind);
    if (known === undefined || brought.has(digest) || !referred.has(documentPath(known, digest))) return [];
    return [{ kind: known, sha256: digest, bytes }];
  });
}
