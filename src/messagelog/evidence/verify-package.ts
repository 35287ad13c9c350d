import { SealwayError } from "../../core/errors.ts";
import { type Finding, Findings, UnusablePackage } from "./finding.ts";
import { filesBelow, manifestPath } from "./package-layout.ts";
import { parseManifest } from "./package-manifest.ts";
import { readPackage } from "./package-read.ts";
import type { ParsedSignatureFile } from "./package-signature-file.ts";
import { signatureFileOf } from "./read-once.ts";
import { type ReadMessage, verifyBinding } from "./verify-binding.ts";
import type { MessageCase } from "./verify-case.ts";
import { verifyBody, verifyExchange, verifyHead, verifyOpenings } from "./verify-content.ts";
import { verifyDocuments, verifyNoOthers, verifyPolicy } from "./verify-documents.ts";
import { verifyFiles } from "./verify-files.ts";
import { verifyPermission } from "./verify-permission.ts";
import { verifySigner, verifyValue } from "./verify-signer.ts";
import { verifyTime } from "./verify-time.ts";
import { judgeTimes } from "./verify-times.ts";
import { verifyTrust } from "./verify-trust.ts";

export interface VerifyOptions {
  /** The bytes of the authority's anchor file, got by another way than the package; without it the package's own. */
  readonly anchor?: Buffer | undefined;
  /** Milliseconds since the epoch: the present of the verification. The past is judged at its proven time. */
  readonly at: number;
}

export interface PackageVerdict {
  /** `valid`: no failure among the findings. `unusable`: the input is no package, and nothing was judged. */
  readonly verdict: "valid" | "invalid" | "unusable";
  /** Which exchange, by the manifest's word; undefined when unusable. */
  readonly exchange: { readonly instance: string; readonly id: string } | undefined;
  /** Everything that was looked at, in the order of the package. */
  readonly findings: readonly Finding[];
}

/**
 * Verifies an evidence package (attacker-controlled) offline. Nothing ends it early but input that is no package:
 * every finding is told. Certificates, authorities and registrations are judged at the time that the evidence
 * record of each message proves.
 */
export async function verifyPackage(bytes: Buffer, options: VerifyOptions): Promise<PackageVerdict> {
  const findings = new Findings();
  try {
    const files = await readPackage(bytes);
    const manifest = parseManifest(files.get(manifestPath));
    verifyFiles(manifest, files, findings);
    const trust = verifyTrust(manifest, files, options.anchor, findings);
    verifyPolicy(files, findings);
    const messages = manifest.messages.map((entry): ReadMessage => {
      const { folder } = entry;
      const below = filesBelow(files, folder);
      const x = { manifest, entry, folder, files: below, trust, at: options.at, findings };
      return verifyMessage(x, files);
    });
    const documents = messages.flatMap(({ document }) => document ?? []);
    if (documents.length === messages.length) verifyNoOthers(files, documents, findings);
    verifyBinding(messages, findings);
    verifyPermission(messages, files, trust, findings);
    const verdict = findings.hasFailure ? "invalid" : "valid";
    return {
      verdict,
      exchange: { instance: manifest.instance, id: manifest.exchangeId },
      findings: findings.all,
    };
  } catch (error) {
    if (!(error instanceof UnusablePackage)) throw error;
    const unusable = new Findings();
    unusable.add(error.code, error.place, error.detail);
    return { verdict: "unusable", exchange: undefined, findings: unusable.all };
  }
}

function verifyMessage(x: MessageCase, all: ReadonlyMap<string, Buffer>): ReadMessage {
  const { findings, folder } = x;
  const file = readSignature(x);
  const signature = file?.signature;
  const document = verifyExchange(x, signature);
  const head = verifyHead(x, signature, document);
  verifyOpenings(x, document);
  verifyBody(x, head);
  if (signature !== undefined) verifyValue(x, signature);
  const headDigest = signature && Buffer.from(signature.header.head, "base64url");
  const provenAt = verifyTime(x, headDigest);
  const configuration = document && x.trust.named(document.configuration);
  if (document !== undefined) {
    if (configuration === undefined) {
      findings.add("configuration-missing", folder, `version ${document.configuration.version}`);
      findings.add("signer-not-judged", folder);
    }
    verifyDocuments(x, all, document, configuration);
  }
  if (file !== undefined && document !== undefined) {
    const claimed = file.signature.header.iat * 1000;
    judgeTimes(x, document, claimed, provenAt);
    if (configuration !== undefined) verifySigner(x, file, document, configuration, provenAt ?? claimed);
  }
  return { folder, signature, document, head };
}

function readSignature({ files, findings, folder }: MessageCase): ParsedSignatureFile | undefined {
  const place = `${folder}/signature.jws.json`;
  const bytes = files.get("signature.jws.json");
  if (bytes === undefined) {
    findings.add("signature-missing", place);
    return undefined;
  }
  try {
    const file = signatureFileOf(bytes);
    findings.judge(file !== undefined, "signature-form", "signature-file-malformed", place);
    return file;
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
    findings.add("signature-malformed", place, error.detail);
    return undefined;
  }
}
