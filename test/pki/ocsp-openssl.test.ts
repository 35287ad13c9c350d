import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { issueOcspResponse, parseOcspRequest } from "../../src/dev/ocsp-issue.ts";
import { buildOcspRequest, certIdOf } from "../../src/pki/ocsp-request.ts";
import type { OcspState } from "../../src/pki/ocsp-response.ts";
import { verifyOcspResponse } from "../../src/pki/ocsp-verdict.ts";
import { newDirectory } from "../new-directory.ts";
import { member, openssl, writePemFile } from "./fixtures.ts";

// openssl answers and judges by the machine's clock, so these certificates are of today.
const start = Math.floor(systemClock.now() / 1000) * 1000;
const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
const otherCa = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
const seal = ca.issueSeal(member, "Registry of Persons");
const issuer = ca.issuing.certificate;
const responder = ca.issueOcspSigner();
const hour = 3_600_000;
const nonce = Buffer.alloc(32, 7);

/** What `openssl ocsp -respin` prints of a response of ours. */
function opensslJudges(state: OcspState, signer: Identity): string {
  const directory = newDirectory();
  const response = issueOcspResponse(
    {
      answers: [{ certId: certIdOf(seal.certificate, issuer, "sha1"), state }],
      producedAt: start,
      thisUpdate: start,
      nextUpdate: start + hour,
      nonce: undefined,
    },
    { ...signer, sendsCertificate: signer === ca.issuing ? "no" : "yes" },
  );
  writeFileSync(join(directory, "response.der"), response);
  writePemFile(directory, "root.pem", ca.root.certificate);
  writePemFile(directory, "issuer.pem", issuer);
  writePemFile(directory, "seal.pem", seal.certificate);
  const files = [
    "-issuer",
    "issuer.pem",
    "-cert",
    "seal.pem",
    "-CAfile",
    "root.pem",
    "-verify_other",
    "issuer.pem",
  ];
  // "Response verify OK" goes to stderr, the state to stdout.
  return execFileSync("sh", ["-c", `openssl ocsp -respin response.der ${files.join(" ")} 2>&1`], {
    cwd: directory,
    encoding: "utf8",
  });
}

t.test("openssl accepts our response of a delegate: good", async (t) => {
  const text = opensslJudges({ status: "good" }, responder);
  t.match(text, "Response verify OK");
  t.match(text, "seal.pem: good");
});

t.test("openssl accepts our response of the CA itself: revoked with time and reason", async (t) => {
  const text = opensslJudges({ status: "revoked", revokedAt: start - hour, reason: 1 }, ca.issuing);
  t.match(text, "Response verify OK");
  t.match(text, "seal.pem: revoked");
  t.match(text, "Reason: keyCompromise");
});

t.test("openssl accepts our response: unknown", async (t) => {
  t.match(opensslJudges({ status: "unknown" }, responder), "seal.pem: unknown");
});

type Entry = "valid" | "revoked" | "absent";

/** The answer of `openssl ocsp -index` to a request of ours. */
function opensslAnswers(entry: Entry, authority: DevelopmentCa = ca, signer: Identity = responder): Buffer {
  const directory = newDirectory();
  const serial = seal.certificate.serial.toString("hex").toUpperCase();
  const lines: { readonly [entry in Entry]: string } = {
    valid: `V\t301122120000Z\t\t${serial}\tunknown\t/CN=seal\n`,
    revoked: `R\t301122120000Z\t260101120000Z,keyCompromise\t${serial}\tunknown\t/CN=seal\n`,
    absent: "V\t301122120000Z\t\t0BAD\tunknown\t/CN=other\n",
  };
  writeFileSync(join(directory, "index.txt"), lines[entry]);
  writePemFile(directory, "ca.pem", authority.issuing.certificate);
  writePemFile(directory, "signer.pem", signer.certificate);
  writeFileSync(join(directory, "signer.key"), signer.privateKey.export({ type: "pkcs8", format: "pem" }));
  const question = { certificate: seal.certificate, issuer: authority.issuing.certificate, nonce };
  writeFileSync(join(directory, "request.der"), buildOcspRequest(question));
  const keys = ["-CA", "ca.pem", "-rsigner", "signer.pem", "-rkey", "signer.key", "-ndays", "1"];
  const files = ["-index", "index.txt", "-reqin", "request.der", "-respout", "response.der"];
  openssl(directory, "ocsp", ...keys, ...files);
  return readFileSync(join(directory, "response.der"));
}

const expectation = { certificate: seal.certificate, issuer, maxAgeMs: hour, at: start + 5_000, nonce };

t.test("openssl's answer for a valid certificate is good, until it expires or is too old", async (t) => {
  const der = opensslAnswers("valid");
  t.match(verifyOcspResponse(der, expectation), { status: "good" });
  t.strictSame(verifyOcspResponse(der, { ...expectation, at: start + 2 * hour }), {
    status: "stale",
    finding: "the response is older than the freshness limit",
  });
  t.strictSame(verifyOcspResponse(der, { ...expectation, maxAgeMs: 1000 * hour, at: start + 25 * hour }), {
    status: "stale",
    finding: "the response has expired",
  });
});

t.test("openssl's answer for a revoked certificate tells time and reason", async (t) => {
  t.match(verifyOcspResponse(opensslAnswers("revoked"), expectation), {
    status: "revoked",
    revokedAt: Date.UTC(2026, 0, 1, 12),
    reason: 1,
  });
});

t.test("openssl's answer for a certificate that it does not know is unknown", async (t) => {
  t.match(verifyOcspResponse(opensslAnswers("absent"), expectation), { status: "unknown" });
});

t.test("openssl's answer for another issuer is not about the certificate", async (t) => {
  const der = opensslAnswers("valid", otherCa, otherCa.issueOcspSigner());
  t.match(verifyOcspResponse(der, expectation), { finding: "the response is not about this certificate" });
});

t.test("openssl's answer signed by another CA's delegate is not authentic", async (t) => {
  const der = opensslAnswers("valid", ca, otherCa.issueOcspSigner());
  t.match(verifyOcspResponse(der, expectation), {
    finding: "the responder's certificate was not issued by the issuing CA",
  });
});

t.test("a request that openssl made is read by our responder", async (t) => {
  const directory = newDirectory();
  writePemFile(directory, "issuer.pem", issuer);
  writePemFile(directory, "seal.pem", seal.certificate);
  openssl(
    directory,
    "ocsp",
    "-issuer",
    "issuer.pem",
    "-sha256",
    "-cert",
    "seal.pem",
    "-reqout",
    "request.der",
  );
  const request = parseOcspRequest(readFileSync(join(directory, "request.der")));
  t.strictSame(request.certIds, [certIdOf(seal.certificate, issuer, "sha256")]);
  t.ok(request.nonce);
});
