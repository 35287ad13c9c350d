import type {
  ToldCertificate,
  ToldMessage,
  ToldOcsp,
  ToldTimeStamp,
  TreeStep,
} from "../../admin/exchange-desk.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { parseSignature } from "../../message/signature-profile.ts";
import { leafIndex, type RecordEvidence, type SealedEvidence } from "../../messagelog/evidence-reader.ts";
import type { StoredOcsp, StoredRecord } from "../../messagelog/message-store.ts";
import { timeText } from "../../messagelog/search/result.ts";
import { parseCertificate } from "../../pki/certificate.ts";
import { parseDer } from "../../pki/der.ts";
import { readName, type SubjectAttributes } from "../../pki/distinguished-name.ts";
import { parseEvidenceRecord } from "../../pki/evidence-record.ts";
import { groupHash } from "../../pki/hash-tree.ts";
import { parseOcspResponse } from "../../pki/ocsp-response.ts";
import { parseTimestampToken } from "../../pki/timestamp-token.ts";

/** One message with all that proves it, in words. The log's own bytes: what cannot be read is a fault of the log. */
export function toldMessage({ head, record, refreshedOcsp, sealed }: RecordEvidence): ToldMessage {
  const { header } = parseSignature(record.signature);
  const { signerRole, ts } = parseExchange(record.exchange);
  return {
    type: record.type,
    direction: record.direction,
    signerRole,
    sealed: timeText(ts),
    recorded: timeText(record.time),
    algorithm: header.alg,
    digests: { exchange: header.exchange, head: header.head },
    head: head.state,
    body: record.body === undefined ? "not-kept" : "kept",
    certificates: [record.certificate.der, record.certificate.issuerDer].map(toldCertificate),
    ocsp: [record.ocsp, ...(refreshedOcsp === undefined ? [] : [refreshedOcsp])].map(toldOcsp),
    timeStamp: sealed === undefined ? null : toldTimeStamp(record, sealed),
  };
}

function toldCertificate(der: Buffer): ToldCertificate {
  const { fingerprint, issuer, notAfter, notBefore, subjectAttributes } = parseCertificate(der);
  return {
    subject: nameOf(subjectAttributes),
    issuer: nameOf(readName(parseDer(issuer, "issuer"), "issuer")),
    from: timeText(notBefore),
    to: timeText(notAfter),
    fingerprint,
  };
}

function nameOf({
  commonName,
  organizationName,
  organizationIdentifier,
  serialNumber,
  countryName,
}: SubjectAttributes): string {
  const parts = [commonName, organizationName, organizationIdentifier, serialNumber, countryName];
  return parts.filter((part) => part !== undefined).join(", ");
}

function toldOcsp({ der, thisUpdate }: StoredOcsp): ToldOcsp {
  const response = parseOcspResponse(der);
  if (response.kind === "refused")
    return { state: response.status, produced: null, thisUpdate: timeText(thisUpdate), nextUpdate: null };
  const answer = response.answers[0];
  return {
    state: answer?.state.status ?? "unknown",
    produced: timeText(response.producedAt),
    thisUpdate: timeText(answer?.thisUpdate ?? thisUpdate),
    nextUpdate: answer?.nextUpdate === undefined ? null : timeText(answer.nextUpdate),
  };
}

function toldTimeStamp(
  record: Pick<StoredRecord, "writer" | "number">,
  { batch, evidenceRecord, renewals }: SealedEvidence,
): ToldTimeStamp {
  const first = parseEvidenceRecord(evidenceRecord).chains[0]?.timestamps[0];
  return {
    time: timeText(batch.genTime),
    authority: batch.authority,
    policy: parseTimestampToken(batch.token).info?.policy ?? "",
    batch: batch.number,
    leaf: leafIndex(record, batch) + 1,
    leaves: batch.leaves.length / 32,
    root: batch.root.toString("hex"),
    path: stepsOf(first?.reducedTree ?? []),
    renewals: renewals.length,
  };
}

/** As `foldReducedTree` follows them. */
function stepsOf(lists: readonly (readonly Buffer[])[]): TreeStep[] {
  let node: Buffer | undefined;
  return lists.map((list) => {
    node = groupHash(node === undefined ? list : [...list, node]);
    return { with: list.map((digest) => digest.toString("hex")), gives: node.toString("hex") };
  });
}
