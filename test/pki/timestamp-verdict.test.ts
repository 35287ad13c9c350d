import fc from "fast-check";
import t from "tap";
import { sha256, sha512 } from "../../src/core/bytes.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import { issueOcspResponse } from "../../src/dev/ocsp-issue.ts";
import { issueTimestampToken, type TokenTemplate } from "../../src/dev/timestamp-issue.ts";
import * as write from "../../src/pki/der-writer.ts";
import { certIdOf } from "../../src/pki/ocsp-request.ts";
import { type OcspState, parseOcspResponse } from "../../src/pki/ocsp-response.ts";
import { oids } from "../../src/pki/oids.ts";
import { signedDataNode } from "../../src/pki/signed-data.ts";
import { extendTimestampToken } from "../../src/pki/timestamp-token.ts";
import {
  type TimestampExpectation,
  type TimestampFinding,
  verifyTimestampToken,
} from "../../src/pki/timestamp-verdict.ts";
import { newCa, now } from "./fixtures.ts";

const ca = newCa();
const tsa = ca.issueTimestamping();
const imprint = { digest: "sha256", value: sha256("the root of a batch") } as const;
const nonce = Buffer.from("0123456789abcdef", "hex");
const expectation: TimestampExpectation = {
  imprint,
  nonce,
  policies: ["1.2.3.4"],
  anchors: [ca.root.certificate],
  at: now + 1000,
};
const day = 24 * 3_600_000;

function tokenOf(identity: Identity = tsa, template: Partial<TokenTemplate> = {}): Buffer {
  const certificates = [ca.issuing.certificate.der, identity.certificate.der];
  return issueTimestampToken(
    { imprint, policy: "1.2.3.4", genTime: now, nonce, certificates, ...template },
    { certificate: identity.certificate, privateKey: identity.privateKey },
  );
}

function findingsOf(token: Buffer, changes: Partial<TimestampExpectation> = {}): readonly TimestampFinding[] {
  const verdict = verifyTimestampToken(token, { ...expectation, ...changes });
  return verdict.outcome === "valid" ? [] : verdict.findings;
}

/** A TSA whose certificate has these extended key usages. */
function tsaWithUsage(critical: "critical" | "optional", ...usages: readonly string[]): Identity {
  const certificate = issueCertificate(
    {
      subject: { commonName: "odd TSA" },
      publicKey: tsa.certificate.publicKey,
      notBefore: now - day,
      notAfter: now + day,
      keyUsage: ["digitalSignature"],
      ...(usages.length > 0 && { extendedKeyUsage: { critical, oids: usages } }),
    },
    ca.issuing,
  );
  return { ...tsa, certificate };
}

/** The token with the parts of its SignedData, or of its SignerInfo, replaced. */
function rebuilt(
  token: Buffer,
  part: "signedData" | "signer",
  change: (fields: Buffer[]) => Buffer[],
): Buffer {
  const fields = signedDataNode(token).children.map((child) => child.der);
  const signer = signedDataNode(token).children.at(-1)!.children[0]!;
  const changed =
    part === "signedData"
      ? change(fields)
      : [
          ...fields.slice(0, -1),
          write.setOf(write.sequence(...change(signer.children.map((one) => one.der)))),
        ];
  return write.sequence(write.oid(oids.signedData), write.explicit(0, write.sequence(...changed)));
}

t.test("a good token is valid and tells what it says", async (t) => {
  const verdict = verifyTimestampToken(tokenOf(), expectation);
  if (verdict.outcome !== "valid") throw new Error(verdict.findings.join());
  const { timestamp } = verdict;
  t.equal(timestamp.genTime, now);
  t.equal(timestamp.accuracyMs, 1000);
  t.equal(timestamp.policy, "1.2.3.4");
  t.ok(timestamp.serial.length > 4);
  t.equal(timestamp.tsaCertificate.fingerprint, tsa.certificate.fingerprint);
  t.equal(timestamp.certificates.length, 2);
});

t.test("milliseconds of the time are kept", async (t) => {
  const verdict = verifyTimestampToken(tokenOf(tsa, { genTime: now + 120 }), expectation);
  t.match(verdict, { outcome: "valid", timestamp: { genTime: now + 120 } });
});

const expired = ca.issueTimestamping({ notBefore: now - 2 * day, notAfter: now - day });
const otherTsa = newCa().issueTimestamping();

const refused: [string, Buffer, TimestampFinding[], Partial<TimestampExpectation>?][] = [
  [
    "other data",
    tokenOf(),
    ["the imprint is of other data"],
    { imprint: { ...imprint, value: sha256("other") } },
  ],
  [
    "an imprint of another algorithm",
    tokenOf(tsa, { imprint: { digest: "sha512", value: sha512("x") } }),
    ["the imprint is of another algorithm"],
  ],
  ["another nonce", tokenOf(), ["the nonce is not that of the request"], { nonce: Buffer.alloc(8, 1) }],
  [
    "no nonce where one was sent",
    tokenOf(tsa, { nonce: undefined }),
    ["the nonce is not that of the request"],
  ],
  ["a policy that is not listed", tokenOf(), ["the policy is not accepted"], { policies: ["1.2.3.5"] }],
  ["a time in the future", tokenOf(), ["the time is in the future"], { at: now - 60_001 }],
  [
    "an extended key usage that is not critical",
    tokenOf(tsaWithUsage("optional", oids.timeStamping)),
    ["the extended key usage is not critical"],
  ],
  [
    "no extended key usage",
    tokenOf(tsaWithUsage("critical")),
    ["the extended key usage is not time-stamping alone"],
  ],
  [
    "a second extended key usage",
    tokenOf(tsaWithUsage("critical", oids.timeStamping, oids.serverAuth)),
    ["the extended key usage is not time-stamping alone"],
  ],
  [
    "a TSA that was no longer valid",
    tokenOf(expired),
    ["a certificate was not valid at the time of the token"],
  ],
  ["a TSA of another CA", tokenOf(otherTsa), ["the certificate leads to no anchor"]],
  [
    "another key than the certificate's",
    tokenOf({ ...tsa, privateKey: otherTsa.privateKey }),
    ["the signature is wrong"],
  ],
  [
    "a token without the signer's certificate",
    tokenOf(tsa, { certificates: [] }),
    ["the signer's certificate is not in the token"],
  ],
  [
    "two signers",
    rebuilt(tokenOf(), "signedData", (f) => [
      ...f.slice(0, -1),
      write.setOf(signerOf(tokenOf()), signerOf(tokenOf())),
    ]),
    ["the token has not exactly one signer"],
  ],
  [
    "no signer",
    rebuilt(tokenOf(), "signedData", (f) => [...f.slice(0, -1), write.setOf()]),
    ["the token has not exactly one signer"],
  ],
  [
    "content that is no TSTInfo",
    rebuilt(tokenOf(), "signedData", (f) => [
      f[0]!,
      f[1]!,
      write.sequence(
        write.oid("1.2.840.113549.1.7.1"),
        write.explicit(0, write.octetString(Buffer.from("data"))),
      ),
      ...f.slice(3),
    ]),
    ["the content is no time-stamp"],
  ],
  [
    "content exchanged under the signature",
    rebuilt(tokenOf(), "signedData", (f) => [
      ...f.slice(0, 2),
      signedDataNode(tokenOf(tsa, { genTime: now - 1000 })).children[2]!.der,
      ...f.slice(3),
    ]),
    ["the message-digest attribute does not fit"],
  ],
  [
    "no signed attributes",
    rebuilt(tokenOf(), "signer", (f) => [...f.slice(0, 3), ...f.slice(4)]),
    ["the token has no signed attributes", "the token does not name the signer's certificate"],
  ],
  [
    "a signer identifier of another certificate",
    rebuilt(tokenOf(), "signer", ([version, , ...rest]) => [
      version!,
      write.sequence(ca.root.certificate.subject, write.integer(1)),
      ...rest,
    ]),
    ["the signer identifier names another certificate"],
  ],
  ["trailing bytes", Buffer.concat([tokenOf(), Buffer.of(0)]), ["the token is malformed"]],
  ["a cut token", tokenOf().subarray(0, -1), ["the token is malformed"]],
  ["a depth bomb", Buffer.from(`${"3080".repeat(5000)}`, "hex"), ["the token is malformed"]],
  ["nothing", Buffer.alloc(0), ["the token is malformed"]],
];

function signerOf(token: Buffer): Buffer {
  return signedDataNode(token).children.at(-1)!.children[0]!.der;
}

for (const [name, token, findings, changes] of refused) {
  t.test(`refused: ${name}`, async (t) => t.strictSame(findingsOf(token, changes), findings));
}

t.test("all findings are told together", async (t) => {
  const token = tokenOf(tsaWithUsage("optional", oids.timeStamping), { nonce: undefined });
  t.strictSame(findingsOf(token, { policies: [], imprint: { ...imprint, value: sha256("other") } }), [
    "the imprint is of other data",
    "the nonce is not that of the request",
    "the policy is not accepted",
    "the extended key usage is not critical",
  ]);
});

const responder = ca.issueOcspSigner();

function responseOf(state: OcspState, thisUpdate: number, signer: Identity = responder): Buffer {
  const certId = certIdOf(tsa.certificate, ca.issuing.certificate, "sha256");
  return issueOcspResponse(
    {
      answers: [{ certId, state }],
      producedAt: thisUpdate,
      thisUpdate,
      nextUpdate: thisUpdate + day,
      nonce: undefined,
    },
    { ...signer, sendsCertificate: "yes" },
  );
}

function withOcsp(state: OcspState, thisUpdate: number): Buffer {
  const ocspResponses = [responseOf(state, thisUpdate)];
  return extendTimestampToken(tokenOf(), { certificates: [], ocspResponses });
}

const revoked: ["valid" | "invalid", string, OcspState][] = [
  ["invalid", "before the time", { status: "revoked", revokedAt: now - 1000, reason: 4 }],
  ["invalid", "later, since its key was lost", { status: "revoked", revokedAt: now + 1000, reason: 1 }],
  ["invalid", "later, without a reason", { status: "revoked", revokedAt: now + 1000, reason: undefined }],
  ["valid", "later, since it was superseded", { status: "revoked", revokedAt: now + 1000, reason: 4 }],
];
for (const [outcome, name, state] of revoked) {
  t.test(`${outcome}: a TSA that was revoked ${name}`, async (t) => {
    const findings = findingsOf(withOcsp(state, now + 3_600_000), { at: now + day });
    t.strictSame(findings, outcome === "valid" ? [] : ["the certificate is revoked"]);
  });
}

t.test(
  "a token keeps no certificate that leads beyond the anchor, or that stands elsewhere in it",
  async (t) => {
    const { issuing, root } = ca;
    const token = extendTimestampToken(
      tokenOf(tsa, { certificates: [tsa, issuing, root].map(({ certificate }) => certificate.der) }),
      {
        certificates: [tsa.certificate.der],
        ocspResponses: [issuing, responder].map((signer) => responseOf({ status: "good" }, now, signer)),
        anchor: issuing.certificate.der,
      },
    );
    const anchors = [issuing.certificate];
    const verdict = verifyTimestampToken(token, { ...expectation, anchors });
    if (verdict.outcome !== "valid") throw new Error(verdict.findings.join());
    const { timestamp } = verdict;
    t.strictSame(
      timestamp.certificates.map(({ fingerprint }) => fingerprint),
      [tsa.certificate.fingerprint],
    );
    t.equal(timestamp.revocation?.status, "good");
    const [bare, delegated] = timestamp.ocspResponses.map(parseOcspResponse);
    t.match(bare, { certificates: { length: 0 } });
    t.match(delegated, { certificates: [responder.certificate.der] });
    t.notOk(token.includes(root.certificate.der));
  },
);

t.test("a token can be added to once, and to no other than a token of one signer", async (t) => {
  const token = withOcsp({ status: "good" }, now);
  t.throws(
    () => extendTimestampToken(token, { certificates: [], ocspResponses: [] }),
    /unsigned attributes already/,
  );
  t.throws(() => extendTimestampToken(Buffer.from("3000", "hex"), { certificates: [], ocspResponses: [] }));
});

t.test("property: a changed byte never makes a token say something else", async () => {
  const token = tokenOf();
  const good = verifyTimestampToken(token, { ...expectation, at: now + 2 * day });
  if (good.outcome !== "valid") throw new Error("the token is good");
  const property = fc.property(
    fc.nat(token.length - 1),
    fc.integer({ min: 1, max: 255 }),
    (position, change) => {
      const altered = Buffer.from(token);
      altered[position]! ^= change;
      const verdict = verifyTimestampToken(altered, { ...expectation, at: now + 2 * day });
      if (verdict.outcome === "invalid") return true;
      const { genTime, serial, policy, tsaCertificate } = verdict.timestamp;
      return (
        genTime === good.timestamp.genTime &&
        policy === good.timestamp.policy &&
        serial.equals(good.timestamp.serial) &&
        tsaCertificate.fingerprint === good.timestamp.tsaCertificate.fingerprint
      );
    },
  );
  fc.assert(property, { numRuns: 300 });
});
