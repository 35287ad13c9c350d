import type { ErrorCode } from "../../core/error-codes.ts";
import { SealwayError } from "../../core/errors.ts";
import { providerOf } from "../../core/ids.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import { type ParsedSignature, verifySignatureValue } from "../../message/signature-profile.ts";
import { signerOf } from "../../message/verify-message.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { checkValidity, verifyChain } from "../../pki/chain.ts";
import { DerError } from "../../pki/der.ts";
import { type OcspVerdict, verifyOcspResponse } from "../../pki/ocsp-verdict.ts";
import { isAtLeast, sealClassTitles } from "../../pki/seal-class.ts";
import { type ConfigurationIndex, type Seal, stateAt } from "../../trust/configuration-index.ts";
import type { FindingCode } from "./finding-codes.ts";
import type { ParsedSignatureFile } from "./package-signature-file.ts";
import { textDigestOf } from "./read-once.ts";
import { Remembered } from "./remembered.ts";
import { signerCertificate } from "./signer-certificate.ts";
import type { MessageCase } from "./verify-case.ts";

/** The signature value, by the certificate that stands in the header: whose that is, is judged by itself. */
export function verifyValue({ findings, folder }: MessageCase, signature: ParsedSignature): void {
  const place = `${folder}/signature.jws.json`;
  const text = signature.header.certificate;
  try {
    const certificate = signerCertificate(text);
    if (certificate.fingerprint !== signature.header.fingerprint) {
      findings.add("signature-malformed", place, "x5c and x5t#S256 name different certificates");
      return;
    }
    verifySignatureValue(signature, certificate);
    findings.add("signature-valid", place);
  } catch (error) {
    if (error instanceof DerError)
      findings.add("signature-malformed", place, `certificate: ${error.message}`);
    else if (error instanceof SealwayError) findings.add("signature-invalid", place, error.detail);
    else throw error;
  }
}

/**
 * Whose certificate it was, whether it was valid, and what its CA said of it, at the time that is proven.
 * @param configuration the one that the message names
 * @param time milliseconds: proven, or else claimed
 */
export function verifySigner(
  x: MessageCase,
  file: Pick<ParsedSignatureFile, "signature" | "ocsp">,
  document: ExchangeDocument,
  configuration: ConfigurationIndex,
  time: number,
): void {
  const { findings, folder, trust, at } = x;
  const place = `${folder}/signature.jws.json`;
  const { fingerprint, iat } = file.signature.header;
  const seal = configuration.sealOfAnyState(fingerprint);
  if (seal === undefined) {
    findings.add("signer-unknown", place, fingerprint);
    return;
  }
  judgeBinding(x, seal, document, configuration, time);
  const { authority } = trust.newest((one) => one.certificationAuthority(seal.issuer.fingerprint)) ?? seal;
  const state = stateAt(authority.history, time);
  findings.judge(state === "granted", "ca-granted", "ca-not-granted", place, `${authority.name}: ${state}`);
  judgeCertificate(x, seal, time, iat * 1000);
  if (seal.certificate.notAfter < at) findings.add("certificate-expired-since", place);
  judgeRevocation(x, file.ocsp, seal, configuration.content.parameters.ocspFreshness, time);
}

function judgeBinding(
  { findings, folder, trust }: MessageCase,
  seal: Seal,
  document: ExchangeDocument,
  configuration: ConfigurationIndex,
  time: number,
): void {
  const place = `${folder}/signature.jws.json`;
  const expected = signerOf(document, configuration);
  const { fingerprint } = seal.certificate;
  const { history } = trust.newest((one) => one.sealOfAnyState(fingerprint)) ?? seal;
  const state = stateAt(history, time);
  const problems: (readonly [FindingCode, string])[] = [];
  if (seal.member !== expected)
    problems.push(["signer-other-member", `signed by ${seal.member}, not by ${expected}`]);
  if (!seal.servers.includes(document.from)) problems.push(["signer-other-server", document.from]);
  else if (!isServed(document, configuration)) {
    problems.push(["signer-other-server", `${document.from} does not serve the subsystem`]);
  }
  if (state !== "granted") problems.push(["signer-not-granted", state]);
  const title = sealClassTitles[seal.class];
  if (!isAtLeast(seal.class, configuration.leastClassOf(seal.member)))
    problems.push(["seal-class-too-low", title]);
  for (const [code, detail] of problems) findings.add(code, place, detail);
  if (problems.length === 0) findings.add("signer-bound", place, `${seal.member}: ${title}`);
}

/** A server speaks for the subsystems that it serves; its owner alone says that it does not serve one. */
function isServed(document: ExchangeDocument, configuration: ConfigurationIndex): boolean {
  const { signerRole, type, client, service, from } = document;
  if (signerRole === "server-owner") return true;
  const isClients = type === "request" || signerRole === "client";
  return configuration.serverOf(isClients ? client : providerOf(service.id))?.id === from;
}

const chainCodes: { readonly [code in ErrorCode]?: FindingCode } = {
  certificate_expired: "certificate-not-valid",
  certificate_unfit: "certificate-unfit",
  certificate_chain: "certificate-chain",
};

/** Of a certificate at a time: what its chain is worth. */
interface ChainVerdict {
  readonly code: FindingCode;
  readonly detail: string;
}

const chains = new Remembered<ChainVerdict>(1024);

function judgeCertificate(
  { findings, folder }: MessageCase,
  { certificate, issuer }: Seal,
  time: number,
  claimed: number,
): void {
  const place = `${folder}/signature.jws.json`;
  const key = `${certificate.fingerprint} ${issuer.fingerprint} ${time}`;
  let { code, detail } = chains.get(key, () =>
    chainVerdict(time, () =>
      verifyChain(certificate, { intermediates: [], anchors: [issuer], at: time, purpose: "seal" }),
    ),
  );
  if (code === "certificate-valid")
    ({ code, detail } = chainVerdict(time, () => checkValidity(certificate, claimed)));
  findings.add(code, place, detail);
}

function chainVerdict(time: number, check: () => unknown): ChainVerdict {
  try {
    check();
    return { code: "certificate-valid", detail: `at ${new Date(time).toISOString()}` };
  } catch (error) {
    const code = error instanceof SealwayError ? chainCodes[error.code] : undefined;
    if (code === undefined) throw error;
    return { code, detail: (error as SealwayError).detail };
  }
}

/** How much later than the freshest word's limit the time-stamp may be: sealing takes its time. */
const sealingTime = 10 * 60_000;

// biome-ignore format: a table is read by its columns
const ocspCodes: Readonly<Record<OcspVerdict["status"], FindingCode>> = {
  good:    "ocsp-good",
  revoked: "ocsp-revoked",
  stale:   "ocsp-stale",
  unknown: "ocsp-invalid",
  invalid: "ocsp-invalid",
};

const responseVerdicts = new Remembered<OcspVerdict>(1024);

/** Of several responses: a revocation before all, else a good word, else the first. */
function judgeRevocation(
  { findings, folder }: MessageCase,
  responses: readonly Buffer[],
  { certificate, issuer }: { certificate: Certificate; issuer: Certificate },
  maxAgeMs: number,
  time: number,
): void {
  const place = `${folder}/signature.jws.json`;
  const about = `${certificate.fingerprint} ${issuer.fingerprint} ${maxAgeMs}`;
  const judge = (at: number) =>
    responses.map((der) =>
      responseVerdicts.get(`${textDigestOf(der)} ${about} ${at}`, () =>
        verifyOcspResponse(der, { certificate, issuer, at, maxAgeMs }),
      ),
    );
  const verdicts = judge(time);
  const found =
    verdicts.find(({ status }) => status === "revoked") ??
    verdicts.find(({ status }) => status === "good") ??
    verdicts[0];
  if (found === undefined) {
    findings.add("ocsp-missing", place);
    return;
  }
  const justAged =
    found.status === "stale" && judge(time - sealingTime).some(({ status }) => status === "good");
  findings.add(justAged ? "ocsp-just-aged" : ocspCodes[found.status], place, ocspDetail(found));
}

function ocspDetail(verdict: OcspVerdict): string {
  if (verdict.status === "revoked") return `revoked at ${new Date(verdict.revokedAt).toISOString()}`;
  if (verdict.status === "good") return `as of ${new Date(verdict.thisUpdate).toISOString()}`;
  return verdict.status === "unknown" ? "the responder does not know the certificate" : verdict.finding;
}
