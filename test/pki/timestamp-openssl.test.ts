import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { issueOcspResponse } from "../../src/dev/ocsp-issue.ts";
import { grantTimestamp, issueTimestampToken, parseTimestampRequest } from "../../src/dev/timestamp-issue.ts";
import { certIdOf } from "../../src/pki/ocsp-request.ts";
import { buildTimestampRequest } from "../../src/pki/timestamp-request.ts";
import { parseTimestampResponse } from "../../src/pki/timestamp-response.ts";
import { extendTimestampToken } from "../../src/pki/timestamp-token.ts";
import { verifyTimestampToken } from "../../src/pki/timestamp-verdict.ts";
import { newDirectory } from "../new-directory.ts";
import { openssl, writePemFile } from "./fixtures.ts";

// openssl stamps with the machine's clock, so these certificates are of today.
const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
const tsa = ca.issueTimestamping();
const imprint = { digest: "sha256", value: sha256("the root of a batch") } as const;
const nonce = Buffer.from("8899aabbccddeeff0011223344556677", "hex");
const query = buildTimestampRequest({ imprint, nonce });
const policy = "0.4.0.2023.1.1";

function ourToken(identity: Identity = tsa): Buffer {
  const certificates = [identity.certificate.der, ca.issuing.certificate.der];
  return issueTimestampToken(
    { imprint, policy, genTime: systemClock.now(), nonce: parseTimestampRequest(query).nonce, certificates },
    { certificate: identity.certificate, privateKey: identity.privateKey },
  );
}

t.test("openssl ts -verify accepts our request with our token, and our token by its digest", async () => {
  const directory = newDirectory();
  const root = writePemFile(directory, "root.pem", ca.root.certificate);
  writeFileSync(join(directory, "query.tsq"), query);
  writeFileSync(join(directory, "reply.tsr"), grantTimestamp(ourToken()));
  writeFileSync(join(directory, "token.der"), ourToken());
  openssl(directory, "ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", root);
  const digest = imprint.value.toString("hex");
  openssl(directory, "ts", "-verify", "-digest", digest, "-in", "token.der", "-token_in", "-CAfile", root);
});

t.test("openssl ts -verify still accepts a token to which chain and OCSP response were added", async (t) => {
  const directory = newDirectory();
  const root = writePemFile(directory, "root.pem", ca.root.certificate);
  const certId = certIdOf(tsa.certificate, ca.issuing.certificate, "sha1");
  const at = systemClock.now();
  const { certificate, privateKey } = ca.issueOcspSigner();
  const ocsp = issueOcspResponse(
    {
      answers: [{ certId, state: { status: "good" } }],
      producedAt: at,
      thisUpdate: at,
      nextUpdate: at + 3_600_000,
      nonce: undefined,
    },
    { certificate, privateKey, sendsCertificate: "yes" },
  );
  const bare = issueTimestampToken(
    { imprint, policy, genTime: at, nonce: undefined, certificates: [tsa.certificate.der] },
    { certificate: tsa.certificate, privateKey: tsa.privateKey },
  );
  const token = extendTimestampToken(bare, {
    certificates: [tsa.certificate.der, ca.issuing.certificate.der],
    ocspResponses: [ocsp],
  });
  writeFileSync(join(directory, "token.der"), token);
  const digest = imprint.value.toString("hex");
  openssl(directory, "ts", "-verify", "-digest", digest, "-in", "token.der", "-token_in", "-CAfile", root);
  const verdict = verifyTimestampToken(token, { imprint, anchors: [ca.root.certificate], at: at + 1000 });
  if (verdict.outcome !== "valid") throw new Error(verdict.findings.join());
  t.equal(verdict.timestamp.certificates.length, 2);
  t.strictSame(verdict.timestamp.ocspResponses, [ocsp]);
  t.equal(verdict.timestamp.revocation?.status, "good");
});

const configuration = `
[tsa]
default_tsa = t
[t]
serial = serial
signer_cert = tsa.pem
certs = chain.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = ${policy}
digests = sha256, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ess_cert_id_alg = sha256
ess_cert_id_chain = yes
`;

/** A reply by `openssl ts -reply`. */
function opensslReply(directory: string, request: Buffer): Buffer {
  writePemFile(directory, "tsa.pem", tsa.certificate);
  writePemFile(directory, "chain.pem", ca.issuing.certificate);
  writeFileSync(join(directory, "tsa.key"), tsa.privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(directory, "tsa.cnf"), configuration);
  writeFileSync(join(directory, "serial"), "01");
  writeFileSync(join(directory, "query.tsq"), request);
  openssl(directory, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr");
  return readFileSync(join(directory, "reply.tsr"));
}

t.test("a token that openssl ts -reply made for our request is accepted", async (t) => {
  const response = parseTimestampResponse(opensslReply(newDirectory(), query));
  if (response.outcome !== "granted") throw new Error(response.reason);
  const expectation = { imprint, nonce, policies: [policy], anchors: [ca.root.certificate] };
  const verdict = verifyTimestampToken(response.token, { ...expectation, at: systemClock.now() });
  if (verdict.outcome !== "valid") throw new Error(`${verdict.findings.join()} ${verdict.detail}`);
  const { timestamp } = verdict;
  t.ok(Math.abs(timestamp.genTime - systemClock.now()) < 10_000);
  t.equal(timestamp.accuracyMs, 1500.1);
  t.equal(timestamp.policy, policy);
  t.equal(timestamp.tsaCertificate.fingerprint, tsa.certificate.fingerprint);
  t.equal(timestamp.chain.length, 3);
  t.equal(timestamp.revocation, undefined);
});

t.test("a rejection by openssl ts -reply is read with its reason", async (t) => {
  const other = buildTimestampRequest({ imprint, nonce, policy: "1.2.3.4" });
  const response = parseTimestampResponse(opensslReply(newDirectory(), other));
  if (response.outcome === "granted") throw new Error("granted");
  t.match(response.reason, "status 2, failure 15");
});

t.test("a request that openssl made is read by our authority", async (t) => {
  const directory = newDirectory();
  const digest = imprint.value.toString("hex");
  openssl(directory, "ts", "-query", "-digest", digest, "-sha256", "-cert", "-out", "query.tsq");
  const request = parseTimestampRequest(readFileSync(join(directory, "query.tsq")));
  t.strictSame(request.imprint, imprint);
  t.equal(request.wantsCertificates, true);
});
