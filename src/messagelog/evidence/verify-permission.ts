import { SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { judgeSealOf } from "../../message/judge-act-seal.ts";
import { parseStatement, type SignedStatement } from "../../message/signed-statement.ts";
import {
  isOfMessages,
  judgePastUse,
  type PastRevision,
  type PastUse,
  pastPermissionType,
  readPastRevisions,
  signerOfPermission,
} from "../../policy/permissions/judge-past-use.ts";
import type { Findings } from "./finding.ts";
import { documentPath } from "./package-layout.ts";
import {
  actPath,
  mostRevisions,
  namedStatement,
  permissionFolder,
  statementPath,
} from "./permission-files.ts";
import { textDigestOf } from "./read-once.ts";
import type { ReadMessage } from "./verify-binding.ts";
import { verifyPermissionAct } from "./verify-permission-act.ts";
import type { Trust } from "./verify-trust.ts";

type Files = ReadonlyMap<string, Buffer>;
type Message<Part extends keyof ReadMessage> = ReadMessage & {
  readonly [name in Part]: NonNullable<ReadMessage[name]>;
};

/**
 * The permission by which an answer was given, or a message sent, at the time of the exchange: signed by the member that
 * disclosed, in force, for this client, service and purpose, and of an answer covering what was told; and how the person
 * gave it, where that is disclosed.
 */
export function verifyPermission(
  messages: readonly ReadMessage[],
  files: Files,
  trust: Trust,
  findings: Findings,
): void {
  const told = disclosing(messages);
  const used = new Set<string>();
  if (told !== undefined) {
    const digest = told.head && namedStatement(told.head);
    const chain = digest === undefined ? [] : chainOf(files, digest, used);
    if (digest === undefined || chain.length === 0) {
      const why = digest === undefined ? "the head does not tell which" : "the statement is not here";
      findings.add("permission-not-shown", told.folder, why);
    } else judgeChain({ told, digest, chain, messages, files, trust, findings, used });
  }
  for (const path of files.keys())
    if (path.startsWith(permissionFolder) && !used.has(path))
      findings.add("document-misplaced", path, "it belongs to no permission by which anything was told");
}

/** What was told by a permission: an answer that names one, or a message, whose sender discloses in the request. */
function disclosing(messages: readonly ReadMessage[]): Message<"document"> | undefined {
  return messages
    .filter(hasAccount)
    .filter(({ document }) => document.permission !== null)
    .find(({ folder, head }) => folder === "response" || (head && namedStatement(head)) !== undefined);
}

function hasAccount(message: ReadMessage): message is Message<"document"> {
  return message.document !== undefined;
}

/** The statements, newest first: each names the one before it by its digest. @param used gets what was read */
function chainOf(files: Files, newest: string, used: Set<string>): readonly Buffer[] {
  const chain: Buffer[] = [];
  let digest: string | null = newest;
  while (digest !== null && chain.length < mostRevisions) {
    const path = statementPath(digest);
    const bytes = files.get(path);
    if (bytes === undefined || used.has(path)) break;
    used.add(path);
    chain.push(bytes);
    digest = previousOf(bytes);
  }
  return chain;
}

function previousOf(bytes: Buffer): string | null {
  try {
    const { previous } = parseStatement(bytes, pastPermissionType).payload;
    return typeof previous === "string" ? previous : null;
  } catch (error) {
    if (error instanceof SealwayError) return null;
    throw error;
  }
}

interface ChainCase {
  readonly told: Message<"document">;
  readonly digest: string;
  /** Newest first, at least one. */
  readonly chain: readonly Buffer[];
  readonly messages: readonly ReadMessage[];
  readonly files: Files;
  readonly trust: Trust;
  readonly findings: Findings;
  readonly used: Set<string>;
}

function judgeChain(x: ChainCase): void {
  const { chain, digest, findings } = x;
  const place = statementPath(digest);
  try {
    const signed = chain.map((bytes) => parseStatement(bytes, pastPermissionType)).reverse();
    const isWhole = signed[0]!.payload.previous === null;
    const revisions = readPastRevisions(
      signed.map(({ payload }) => payload),
      isWhole,
    );
    const permission = revisions.at(-1)!;
    checkBelongs(x, permission);
    if (!areSigned(x, signed, signerOfPermission(permission))) return;
    findings.add(
      "permission-signed",
      place,
      `revision ${permission.revision}${isWhole ? "" : ", without its first ones"}`,
    );
    if (permission.representation !== null)
      findings.add("permission-represented", place, representationIn(permission.representation));
    const failed = judgePastUse(permission, pastUse(x));
    findings.judge(failed === undefined, "permission-permitted", "permission-not-permitting", place, failed);
    const path = actPath(digest);
    const proof = x.files.get(path);
    if (proof !== undefined) x.used.add(path);
    const persons = x.messages.flatMap(({ head }) => head?.openings.subjects.map(({ value }) => value) ?? []);
    verifyPermissionAct({ permission, proof, place: proof === undefined ? place : path, persons, findings });
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
    findings.add("permission-invalid", place, `${error.code}: ${error.detail}`);
  }
}

function representationIn({ kind, power }: NonNullable<PastRevision["representation"]>): string {
  const by = power === undefined ? "declared by an officer" : `${power.source}, exchange ${power.exchange}`;
  return `${kind}, ${by}`;
}

/** @throws SealwayError `bad_request` */
function checkBelongs({ told, digest, chain }: ChainCase, permission: PastRevision): void {
  const isOfItsKind = isOfMessages(permission) === (told.folder === "request");
  const opened = told.head?.openings.permission?.value;
  if (textDigestOf(chain[0]!) !== digest || opened !== permission.id || !isOfItsKind)
    throw new SealwayError("bad_request", "permission: it is not the one by which this was told");
}

function areSigned(
  { told, digest, trust, findings }: ChainCase,
  signed: readonly SignedStatement[],
  signer: MemberId,
): boolean {
  const { configuration, instance, service } = told.document;
  const index = trust.named(configuration);
  if (index === undefined) {
    findings.add("signer-not-judged", statementPath(digest));
    return false;
  }
  for (const { certificate, payload } of signed) {
    if (payload.instance !== instance || payload.service !== service.id)
      throw new SealwayError("bad_request", "permission: it is of another instance or service");
    judgeSealOf(certificate, signer, index, payload.time);
  }
  return true;
}

function pastUse({ told, messages, files, trust }: ChainCase): PastUse {
  const { document, folder } = told;
  const request = messages.find((message) => message.folder === "request");
  const { client, service, configuration, decision, ts } = document;
  const asked = request?.document ?? document;
  const start = request?.head?.start;
  const digest = service.sha256 ?? "";
  const published = trust
    .named(configuration)
    ?.content.services.find(({ sha256 }) => sha256 === digest)?.bytes;
  return {
    ...{ client, service: service.id, purpose: asked.purpose, endpoint: asked.endpoint },
    times: [ts, ...(request?.document === undefined ? [] : [request.document.ts])],
    query: start?.kind === "request" ? (start.target.split("?")[1] ?? "") : undefined,
    removed: decision?.fieldsRemoved ?? [],
    // Which of the described fields a message has, its account does not say.
    description:
      folder === "request"
        ? undefined
        : readDescription(published ?? files.get(documentPath("description", digest))),
  };
}

/** Whether it is the one in force is judged where documents are. */
function readDescription(bytes: Buffer | undefined): PastUse["description"] {
  if (bytes === undefined) return undefined;
  const { endpoints } = parseStrictJson(bytes, "bad_request") as { readonly endpoints?: unknown };
  return Array.isArray(endpoints) ? { endpoints } : undefined;
}
