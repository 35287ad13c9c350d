import { join } from "node:path";
import { SealwayError } from "../../core/errors.ts";
import type { ServerId } from "../../core/ids.ts";
import { parseStatement, type SignedStatement } from "../../message/signed-statement.ts";
import { verifyChain } from "../../pki/chain.ts";
import { clockSkewMs } from "../../pki/ocsp-verdict.ts";
import { stateAt } from "../../trust/configuration-index.ts";
import type { Trust } from "../evidence/verify-trust.ts";
import type { ArchiveFindings } from "./archive-findings.ts";
import { FaultyFile, readCapped } from "./archive-folder.ts";
import type { OpenSegment } from "./segment-context.ts";
import { type ArchiveStatement, archiveStatement, signatureFile } from "./segment-manifest.ts";

const mostBytes = 64 * 1024;

/**
 * Who signed the list of a segment's files: the server's owner, with a seal that was granted and valid at the time
 * that the statement claims. There is no time-stamp over it: what the archive proves, its records prove by themselves.
 * @param digest of the manifest, hex
 */
export async function judgeSegmentSignature(
  segment: OpenSegment,
  digest: string,
  trust: Trust,
  findings: ArchiveFindings,
): Promise<void> {
  const place = `${segment.name}/${signatureFile}`;
  const statement = await readStatement(segment, place, findings);
  if (statement === undefined) return;
  const { manifest, server, segment: number, instance } = statement.payload;
  const own = segment.manifest;
  if (manifest !== digest || server !== own.server || number !== own.segment || instance !== own.instance) {
    findings.add("segment-signature-invalid", place, "it is of another segment");
    return;
  }
  if (trust.configurations.length === 0) {
    findings.add("segment-signer-not-judged", place);
    return;
  }
  const isEarly = statement.payload.time < own.period.to - clockSkewMs;
  const problem = isEarly ? "signed before its last time-stamp" : signerProblem(statement, trust);
  findings.add(problem === undefined ? "segment-signed" : "segment-signer-unproven", place, problem);
}

async function readStatement(
  segment: OpenSegment,
  place: string,
  findings: ArchiveFindings,
): Promise<SignedStatement<ArchiveStatement> | undefined> {
  try {
    const bytes = await readCapped(join(segment.path, signatureFile), mostBytes);
    return parseStatement<ArchiveStatement>(bytes, archiveStatement);
  } catch (error) {
    if (error instanceof SealwayError) findings.add("segment-signature-invalid", place, error.detail);
    else if (!(error instanceof FaultyFile)) throw error;
    else if (error.problem === "file-missing") findings.add("segment-not-signed", place);
    else findings.add(error.problem, place);
    return undefined;
  }
}

/** What speaks against the signer: the newest configuration that knows certificate and server decides. */
function signerProblem(
  { certificate, payload }: SignedStatement<ArchiveStatement>,
  trust: Trust,
): string | undefined {
  const { fingerprint } = certificate;
  const seal = trust.newest((one) => one.sealOfAnyState(fingerprint));
  if (seal === undefined) return "the certificate is registered for nobody";
  const server = trust.newest((one) => one.server(payload.server as ServerId));
  if (server === undefined) return "the server is not registered";
  if (seal.member !== server.owner) return `signed by ${seal.member}, not by ${server.owner}`;
  const states = [stateAt(seal.history, payload.time), stateAt(seal.authority.history, payload.time)];
  if (states.some((state) => state !== "granted")) return `the seal was ${states.join(", its CA ")}`;
  try {
    verifyChain(certificate, {
      intermediates: [],
      anchors: [seal.issuer],
      at: payload.time,
      purpose: "seal",
    });
    return undefined;
  } catch (error) {
    if (error instanceof SealwayError) return error.detail;
    throw error;
  }
}
