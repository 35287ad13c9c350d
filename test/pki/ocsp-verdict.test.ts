import fc from "fast-check";
import t from "tap";
import type { Identity } from "../../src/dev/ca.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import { issueOcspResponse, type OcspTemplate, refuseOcsp } from "../../src/dev/ocsp-issue.ts";
import * as write from "../../src/pki/der-writer.ts";
import { buildOcspRequest, certIdOf } from "../../src/pki/ocsp-request.ts";
import {
  checkOcspGood,
  type OcspExpectation,
  type OcspFinding,
  verifyOcspResponse,
} from "../../src/pki/ocsp-verdict.ts";
import { oids } from "../../src/pki/oids.ts";
import { member, newCa, now } from "./fixtures.ts";

const ca = newCa();
const seal = ca.issueSeal(member, "Registry of Persons");
const issuer = ca.issuing.certificate;
const responder = ca.issueOcspSigner();
const hour = 3_600_000;
const expectation: OcspExpectation = { certificate: seal.certificate, issuer, at: now, maxAgeMs: 8 * hour };
const certId = certIdOf(seal.certificate, issuer, "sha1");

function responseOf(changes: Partial<OcspTemplate> = {}, signer: Identity = responder): Buffer {
  const template: OcspTemplate = {
    answers: [{ certId, state: { status: "good" } }],
    producedAt: now - hour,
    thisUpdate: now - hour,
    nextUpdate: now + hour,
    nonce: undefined,
    ...changes,
  };
  return issueOcspResponse(template, { ...signer, sendsCertificate: "yes" });
}

function delegate(usage: string, noCheck: "no-check" | "check", notAfter = now + hour): Identity {
  const certificate = issueCertificate(
    {
      subject: { commonName: "odd responder" },
      publicKey: responder.certificate.publicKey,
      notBefore: now - 24 * hour,
      notAfter,
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: { critical: "optional", oids: [usage] },
      ...(noCheck === "no-check" && { ocspNoCheck: noCheck }),
    },
    ca.issuing,
  );
  return { ...responder, certificate };
}

t.test("a good response tells until when it may be used", async (t) => {
  t.strictSame(verifyOcspResponse(responseOf(), expectation), {
    status: "good",
    thisUpdate: now - hour,
    nextUpdate: now + hour,
    producedAt: now - hour,
    freshUntil: now + hour,
  });
  t.match(verifyOcspResponse(responseOf(), { ...expectation, maxAgeMs: 1.5 * hour }), {
    freshUntil: now + hour / 2,
  });
  const endless = responseOf({ nextUpdate: undefined });
  t.match(verifyOcspResponse(endless, expectation), { status: "good", freshUntil: now + 7 * hour });
});

t.test("both digests name a certificate, and the CA itself may sign", async (t) => {
  const sha256 = [
    { certId: certIdOf(seal.certificate, issuer, "sha256"), state: { status: "good" } as const },
  ];
  t.equal(verifyOcspResponse(responseOf({ answers: sha256 }, ca.issuing), expectation).status, "good");
});

t.test("the nonce must come back when one was sent, and may when none was", async (t) => {
  const nonce = Buffer.alloc(32, 1);
  t.equal(verifyOcspResponse(responseOf({ nonce }), { ...expectation, nonce }).status, "good");
  t.equal(verifyOcspResponse(responseOf({ nonce }), expectation).status, "good");
});

const otherSeal = ca.issueSeal(member, "Another");
const good = { status: "good" } as const;
const answerFor = (certificate = seal.certificate, by = issuer) => [
  { certId: certIdOf(certificate, by, "sha1"), state: good },
];

const invalid: [string, Buffer, OcspFinding, Partial<OcspExpectation>?][] = [
  ["nothing", Buffer.alloc(0), "the response is malformed"],
  ["trailing bytes", Buffer.concat([responseOf(), Buffer.of(0)]), "the response is malformed"],
  ["a cut response", responseOf().subarray(0, -1), "the response is malformed"],
  ["a depth bomb", Buffer.from("3080".repeat(5000), "hex"), "the response is malformed"],
  ["success without content", write.sequence(write.enumerated(0)), "the response is malformed"],
  ["too many answers", responseOf({ answers: Array(65).fill(answerFor()[0]) }), "the response is malformed"],
  ["try later", refuseOcsp(3), "the responder refused to answer"],
  [
    "another certificate",
    responseOf({ answers: answerFor(otherSeal.certificate) }),
    "the response is not about this certificate",
  ],
  [
    "another issuer",
    responseOf({ answers: answerFor(undefined, ca.root.certificate) }),
    "the response is not about this certificate",
  ],
  ["no answer", responseOf({ answers: [] }), "the response is not about this certificate"],
  [
    "two answers for one certificate",
    responseOf({ answers: [...answerFor(), ...answerFor()] }),
    "the response is not about this certificate",
  ],
  [
    "another nonce",
    responseOf({ nonce: Buffer.alloc(32, 1) }),
    "the nonce is not that of the request",
    { nonce: Buffer.alloc(32, 2) },
  ],
  [
    "no nonce where one was sent",
    responseOf(),
    "the nonce is not that of the request",
    { nonce: Buffer.alloc(32, 2) },
  ],
  [
    "a responder that did not send its certificate",
    issueOcspResponse(
      { answers: answerFor(), producedAt: now, thisUpdate: now, nextUpdate: undefined, nonce: undefined },
      { ...responder, sendsCertificate: "no" },
    ),
    "the responder is neither the issuing CA nor one of the certificates sent along",
  ],
  [
    "a delegate of another CA",
    responseOf({}, newCa().issueOcspSigner()),
    "the responder's certificate was not issued by the issuing CA",
  ],
  [
    "the CA above the issuing one",
    responseOf({}, ca.root),
    "the responder's certificate was not issued by the issuing CA",
  ],
  [
    "a seal certificate as delegate",
    responseOf({}, otherSeal),
    "the responder's certificate may not sign OCSP responses",
  ],
  [
    "a delegate for another usage",
    responseOf({}, delegate(oids.serverAuth, "no-check")),
    "the responder's certificate may not sign OCSP responses",
  ],
  [
    "a delegate that might be revoked",
    responseOf({}, delegate(oids.ocspSigning, "check")),
    "the responder's certificate needs a revocation check of its own",
  ],
  [
    "a delegate that has expired",
    responseOf({}, delegate(oids.ocspSigning, "no-check", now - hour)),
    "the responder's certificate is not valid at this time",
  ],
  [
    "another key than the delegate's",
    responseOf({}, { ...responder, privateKey: seal.privateKey }),
    "the signature is wrong",
  ],
  [
    "another key than the CA's",
    responseOf({}, { ...ca.issuing, privateKey: seal.privateKey }),
    "the signature is wrong",
  ],
  ["a state of the future", responseOf({ thisUpdate: now + 61_000 }), "the response is of the future"],
  ["a response of the future", responseOf({ producedAt: now + 61_000 }), "the response is of the future"],
  [
    "an end before the beginning",
    responseOf({ nextUpdate: now - 2 * hour }),
    "the response ends before it begins",
  ],
];

for (const [name, der, finding, changes] of invalid) {
  t.test(`invalid: ${name}`, async (t) => {
    t.match(verifyOcspResponse(der, { ...expectation, ...changes }), { status: "invalid", finding });
  });
}

t.test("a response is stale after its end and after the freshness limit, not at them", async (t) => {
  const stale = (at: number, maxAgeMs: number) =>
    verifyOcspResponse(responseOf(), { ...expectation, at, maxAgeMs });
  t.equal(stale(now + hour, 8 * hour).status, "good");
  t.match(stale(now + hour + 1, 8 * hour), { status: "stale", finding: "the response has expired" });
  t.equal(stale(now, hour).status, "good");
  t.match(stale(now + 1, hour), {
    status: "stale",
    finding: "the response is older than the freshness limit",
  });
});

t.test("a revocation is told however old the response is", async (t) => {
  const state = { status: "revoked", revokedAt: now - 30 * hour, reason: 6 } as const;
  const der = responseOf({
    answers: [{ certId, state }],
    thisUpdate: now - 20 * hour,
    nextUpdate: now - 10 * hour,
  });
  t.strictSame(verifyOcspResponse(der, expectation), { ...state, thisUpdate: now - 20 * hour });
});

t.test("each verdict but good is an error with its code", async (t) => {
  const codes = [
    [{ status: "revoked", revokedAt: now, reason: 1, thisUpdate: now }, "certificate_revoked"],
    [{ status: "unknown", thisUpdate: now }, "ocsp_invalid"],
    [{ status: "stale", finding: "the response has expired" }, "ocsp_stale"],
    [{ status: "invalid", finding: "the signature is wrong" }, "ocsp_invalid"],
  ] as const;
  for (const [verdict, code] of codes) t.throws(() => checkOcspGood(verdict), { code });
  t.doesNotThrow(() => checkOcspGood(verifyOcspResponse(responseOf(), expectation)));
});

t.test("a nonce of a request has 32 to 128 bytes", async (t) => {
  const question = { certificate: seal.certificate, issuer };
  t.throws(() => buildOcspRequest({ ...question, nonce: Buffer.alloc(31) }), RangeError);
  t.throws(() => buildOcspRequest({ ...question, nonce: Buffer.alloc(129) }), RangeError);
});

t.test("property: a changed byte never makes a revoked certificate good", async () => {
  const state = { status: "revoked", revokedAt: now - hour, reason: 1 } as const;
  const der = responseOf({ answers: [{ certId, state }] });
  const property = fc.property(
    fc.nat(der.length - 1),
    fc.integer({ min: 1, max: 255 }),
    (position, change) => {
      const altered = Buffer.from(der);
      altered[position]! ^= change;
      const { status } = verifyOcspResponse(altered, expectation);
      return status === "revoked" || status === "invalid";
    },
  );
  fc.assert(property, { numRuns: 300 });
});
