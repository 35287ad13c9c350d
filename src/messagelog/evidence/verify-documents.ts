import type { ExchangeDocument } from "../../message/exchange-document.ts";
import { signaturePolicy } from "../../message/signature-profile.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { serviceOfPath } from "../../trust/service-paths.ts";
import type { Findings } from "./finding.ts";
import {
  type DocumentKind,
  documentKinds,
  documentPath,
  policyPath,
  referredPaths,
} from "./package-layout.ts";
import { textDigestOf } from "./read-once.ts";
import { statedPurposes } from "./stated-purposes.ts";
import type { MessageCase } from "./verify-case.ts";
import { verifyPublication } from "./verify-publication.ts";

/** The signature policy, to which every signature refers by its digest. */
export function verifyPolicy(files: ReadonlyMap<string, Buffer>, findings: Findings): void {
  const bytes = files.get(policyPath);
  if (bytes === undefined) {
    findings.add("policy-missing", policyPath);
    return;
  }
  const same = textDigestOf(bytes) === signaturePolicy.sha256;
  findings.judge(same, "policy-present", "policy-differs", policyPath, signaturePolicy.id);
}

/** The documents in force to which a message refers by digest: the law of that day. */
export function verifyDocuments(
  x: MessageCase,
  all: ReadonlyMap<string, Buffer>,
  document: ExchangeDocument,
  configuration: ConfigurationIndex | undefined,
): void {
  const { agreement, purpose, rules, service } = document;
  for (const [kind, revised] of [
    ["agreement", agreement],
    ["rules", rules],
  ] as const) {
    if (revised !== null) judgeDocument(x, all, kind, revised.sha256, `${revised.id} ${revised.revision}`);
  }
  const published = configuration?.content.services.find(({ sha256 }) => sha256 === service.sha256);
  if (purpose !== null) judgePurpose(x, all, document, published?.bytes);
  if (service.sha256 === null) return;
  if (published === undefined) judgeDocument(x, all, "description", service.sha256, service.id);
  else {
    const own = serviceOfPath(published.path) === service.id;
    x.findings.judge(own, "document-present", "document-misplaced", x.folder, published.path);
    if (own) verifyPublication(x, published, service.id, configuration!);
  }
}

/** A purpose is part of the service's description, or stands in the package by itself. */
function judgePurpose(
  x: MessageCase,
  all: ReadonlyMap<string, Buffer>,
  { purpose, service }: ExchangeDocument,
  published: Buffer | undefined,
): void {
  const { id, revision, sha256: digest } = purpose!;
  const own = service.sha256 === null ? undefined : all.get(documentPath("description", service.sha256));
  const description = published ?? own;
  const isStated = description !== undefined && statedPurposes(description).get(digest) === id;
  if (isStated) x.findings.add("document-present", x.folder, `purpose ${id} ${revision}, in the description`);
  else judgeDocument(x, all, "purpose", digest, `${id} ${revision}`);
}

/** A document to which no message refers was not in force between these two: it must not be shown as if it were. */
export function verifyNoOthers(
  all: ReadonlyMap<string, Buffer>,
  documents: readonly ExchangeDocument[],
  findings: Findings,
): void {
  const referred = new Set(documents.flatMap(referredPaths));
  for (const path of all.keys()) {
    const isDocument = documentFolders.some((folder) => path.startsWith(folder));
    if (isDocument && !referred.has(path))
      findings.add("document-misplaced", path, "no message refers to it");
  }
}

const documentFolders = documentKinds.map((kind) => `context/${kind}/`);

function judgeDocument(
  { findings, folder }: MessageCase,
  all: ReadonlyMap<string, Buffer>,
  kind: DocumentKind,
  digest: string,
  name: string,
): void {
  const path = documentPath(kind, digest);
  const bytes = all.get(path);
  if (bytes === undefined) findings.add("document-missing", folder, `${kind} ${name}`);
  else {
    findings.judge(
      textDigestOf(bytes) === digest,
      "document-present",
      "document-misplaced",
      path,
      `${kind} ${name}`,
    );
  }
}
