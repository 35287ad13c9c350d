import t from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import type { ErrorCode } from "../../src/core/error-codes.ts";
import { parseServerId } from "../../src/core/ids.ts";
import type { ExchangeDocument } from "../../src/message/exchange-document.ts";
import type { SealedMessage } from "../../src/message/seal-message.ts";
import {
  type KnownSeal,
  type SealDirectory,
  signerOf,
  verifyMessage,
} from "../../src/message/verify-message.ts";
import type { WireMessage } from "../../src/message/wire.ts";
import * as scene from "./scene.ts";

const { consumerSeal, providerSeal, ownerSeal, consumerMember, consumerServer, hour, issuer, now, seal } =
  scene;
const directory = scene.directoryWith();

function verify(message: WireMessage, at = now, known: SealDirectory = directory) {
  return verifyMessage(message, known, scene.newJudge(), { now: () => at });
}

/** The configuration knows this seal as the consumer's. */
function knowing(other: scene.Seal, changes: Partial<KnownSeal> = {}): SealDirectory {
  const { certificate } = other.identity;
  const known = { member: consumerMember, certificate, issuer, servers: [consumerServer], ...changes };
  return scene.directoryWith({ [certificate.fingerprint]: known });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

/** The message with another header text below the same value. */
function reheaded({ signature }: WireMessage, old: string, put: string): string {
  const [header = "", , value] = signature.split(".");
  const text = Buffer.from(header, "base64url").toString("latin1");
  if (!text.includes(old)) throw new Error(`the header has no ${old}`);
  return `${Buffer.from(text.replace(old, put), "latin1").toString("base64url")}..${value}`;
}

const message = await seal();
const answer = await seal(scene.responseTo(message.signature), scene.responseHead, providerSeal);

t.test("a request is verified, and says who signed it", async (t) => {
  const verified = verify(message);
  t.strictSame(verified.document, scene.request);
  t.strictSame(verified.head, scene.requestHead);
  t.equal(verified.seal.member, consumerMember);
  t.strictSame(verified.ocsp, {
    ...verified.ocsp,
    sha256: consumerSeal.staple.sha256,
    thisUpdate: now - hour,
  });
});

t.test("an answer is verified", async (t) => t.equal(verify(answer).document.type, "response"));

const tls = scene.ca.issueTls(consumerServer, "Agency");
const expired = scene.ca.issueSeal(consumerMember, "Agency", {
  notBefore: now - 2 * hour,
  notAfter: now - 1,
});
const early = scene.ca.issueSeal(consumerMember, "Agency", { notBefore: now + 1000, notAfter: now + hour });
const foreignCa = new (scene.ca.constructor as typeof import("../../src/dev/ca.ts").DevelopmentCa)({
  ...{ instance: "DEV", clock: scene.clock, ocspUrl: "http://127.0.0.1:8889/" },
});
const foreign = scene.sealOf(consumerMember, foreignCa.issueSeal(consumerMember, "Agency"));
const own = consumerSeal.identity.certificate;
const stapled = (changes: Parameters<typeof scene.stapleOf>[1], about = own) => ({
  ...message,
  ocsp: scene.stapleOf(about, changes).der,
});
const certId = (await import("../../src/pki/ocsp-request.ts")).certIdOf(own, issuer, "sha256");
const answering = (state: { status: "unknown" } | { status: "revoked"; revokedAt: number; reason: number }) =>
  stapled({ answers: [{ certId, state }] });

type Fault = [what: string, message: WireMessage, code: ErrorCode, directory?: SealDirectory];
const signedBy = (other: scene.Seal, document: ExchangeDocument = scene.request) =>
  seal(document, scene.requestHead, other);
const tlsSeal = scene.sealOf(consumerMember, tls);

const faults: readonly Fault[] = [
  ["no signature", { ...message, signature: "" }, "missing_signature"],
  [
    "a signature that was cut",
    { ...message, signature: message.signature.slice(0, -4) },
    "malformed_signature",
  ],
  ["a header that was cut", { ...message, signature: message.signature.slice(5) }, "malformed_signature"],
  [
    "another algorithm",
    { ...message, signature: reheaded(message, "ES256", "RS256") },
    "malformed_signature",
  ],
  ["algorithm none", { ...message, signature: reheaded(message, "ES256", "none") }, "malformed_signature"],
  [
    "another crit",
    { ...message, signature: reheaded(message, '"b64","sigD"', '"sigD"') },
    "malformed_signature",
  ],
  ["another mId", { ...message, signature: reheaded(message, "ByURIHash", "ByURI") }, "malformed_signature"],
  [
    "a member more in the header",
    { ...message, signature: reheaded(message, '"iat"', '"kid":"1","iat"') },
    "malformed_signature",
  ],
  [
    "another time below the same value",
    { ...message, signature: reheaded(message, `"iat":${now / 1000}`, `"iat":${now / 1000 + 1}`) },
    "invalid_signature",
  ],
  [
    "the signature of another message",
    { ...message, signature: (await seal({ ...scene.request, ts: now - 1 })).signature },
    "digest_mismatch",
  ],
  [
    "an exchange that was altered and is still one",
    { ...message, exchange: Buffer.from(message.exchange.toString().replace("caseworker", "automated")) },
    "digest_mismatch",
  ],
  [
    "an exchange with a changed byte",
    { ...message, exchange: flipped(message.exchange, 3) },
    "malformed_message",
  ],
  [
    "an exchange that was cut",
    { ...message, exchange: message.exchange.subarray(0, -1) },
    "malformed_message",
  ],
  ["a head with a changed byte", { ...message, head: flipped(message.head, 40) }, "digest_mismatch"],
  ["a head that was cut", { ...message, head: message.head.subarray(0, -2) }, "digest_mismatch"],
  [
    "the digests of another message signed again by another key",
    await signedBy(scene.sealOf(consumerMember)),
    "certificate_unknown",
  ],
  ["another member's seal", await signedBy(providerSeal), "certificate_wrong_member"],
  ["the server owner's seal", await signedBy(ownerSeal), "certificate_wrong_member"],
  [
    "x5c of another certificate than x5t#S256",
    {
      ...message,
      signature: reheaded(
        message,
        own.der.toString("base64"),
        providerSeal.identity.certificate.der.toString("base64"),
      ),
    },
    "malformed_signature",
  ],
  [
    "x5t#S256 of another certificate than x5c",
    {
      ...message,
      signature: reheaded(message, own.fingerprint, providerSeal.identity.certificate.fingerprint),
    },
    "malformed_signature",
  ],
  ["a TLS certificate as seal", await signedBy(tlsSeal), "certificate_wrong_member", knowing(tlsSeal)],
  [
    "a seal on a server that may not use it",
    message,
    "certificate_wrong_member",
    knowing(consumerSeal, { servers: [scene.providerServer] }),
  ],
  ["a seal on no server", message, "certificate_wrong_member", knowing(consumerSeal, { servers: [] })],
  [
    "a seal that the configuration has withdrawn",
    message,
    "certificate_unknown",
    scene.directoryWith({ [own.fingerprint]: undefined }),
  ],
  [
    "an expired certificate",
    await signedBy(scene.sealOf(consumerMember, expired)),
    "certificate_expired",
    knowing(scene.sealOf(consumerMember, expired)),
  ],
  [
    "a certificate of the future",
    await signedBy(scene.sealOf(consumerMember, early)),
    "certificate_expired",
    knowing(scene.sealOf(consumerMember, early)),
  ],
  ["a certificate of another CA", await signedBy(foreign), "certificate_chain", knowing(foreign)],
  [
    "a revoked certificate",
    answering({ status: "revoked", revokedAt: now - hour, reason: 1 }),
    "certificate_revoked",
  ],
  [
    "a suspended certificate",
    answering({ status: "revoked", revokedAt: now - hour, reason: 6 }),
    "certificate_revoked",
  ],
  ["a certificate that the responder does not know", answering({ status: "unknown" }), "ocsp_invalid"],
  ["an OCSP response past its end", stapled({ nextUpdate: now - 1000 }), "ocsp_stale"],
  [
    "an OCSP response older than the limit",
    stapled({ thisUpdate: now - 9 * hour, nextUpdate: undefined }),
    "ocsp_stale",
  ],
  [
    "an OCSP response of the future",
    stapled({ thisUpdate: now + hour, producedAt: now + hour, nextUpdate: undefined }),
    "ocsp_invalid",
  ],
  [
    "an OCSP response about another certificate",
    { ...message, ocsp: providerSeal.staple.der },
    "ocsp_invalid",
  ],
  ["no OCSP response", { ...message, ocsp: Buffer.alloc(0) }, "ocsp_invalid"],
  [
    "an OCSP response with a changed byte",
    { ...message, ocsp: flipped(message.ocsp, message.ocsp.length - 400) },
    "ocsp_invalid",
  ],
  [
    "a head that contradicts the document",
    await seal(scene.request, { ...scene.requestHead, headers: [] }),
    "inconsistent_headers",
  ],
  [
    "the head of an answer below a request",
    await seal(scene.request, scene.responseHead),
    "malformed_message",
  ],
  [
    "openings of somebody else",
    await seal({
      ...scene.request,
      subjects: scene.request.subjects.map((one) => ({ ...one, c: toBase64Url(sha256("x")) })),
    }),
    "subject.mismatch",
  ],
];
for (const [what, wire, code, known] of faults) {
  t.test(`refused: ${what}`, async (t) =>
    t.throws(() => verify(wire, now, known), { name: "SealwayError", code }),
  );
}

t.test("a message is fresh for a minute before and after our clock", async (t) => {
  for (const skew of [-60_000, -1, 0, 1, 60_000]) t.doesNotThrow(() => verify(message, now + skew));
  for (const skew of [-61_000, -60_001, 60_001, 61_000, hour, -hour]) {
    t.throws(() => verify(message, now + skew), { code: "clock_skew" });
  }
});

t.test("ts lies at most a minute before iat, and not behind it", async (t) => {
  for (const ts of [now - 60_000, now, now + 2_000]) {
    const moved = await seal({ ...scene.request, ts });
    t.doesNotThrow(() => verify(moved));
  }
  for (const ts of [now - 60_001, now + 2_001]) {
    const moved = await seal({ ...scene.request, ts });
    t.throws(() => verify(moved), { code: "clock_skew" });
  }
});

/** A refusal or fault about the scene's request. */
function refusal(changes: Partial<ExchangeDocument>): ExchangeDocument {
  const decision = { code: "unknown_member", fieldsRemoved: [], verdict: "deny" } as const;
  return {
    ...scene.responseTo(message.signature),
    agreement: null,
    contentKind: null,
    decision,
    type: "refusal",
    ...changes,
  };
}

t.test("the server's owner signs a refusal about somebody who is not served there", async (t) => {
  const byOwner = refusal({ signerRole: "server-owner" });
  t.equal(verify(await seal(byOwner, scene.responseHead, ownerSeal)).seal.member, scene.ownerMember);
  const byProvider = await seal(byOwner, scene.responseHead, providerSeal);
  t.throws(() => verify(byProvider), { code: "certificate_wrong_member" }, "nobody else does in its name");
  const asMember = await seal(refusal({}), scene.responseHead, ownerSeal);
  t.throws(() => verify(asMember), { code: "certificate_wrong_member" }, "nor does it in the provider's");
});

t.test("a server's owner signs no request and no response for those it hosts", async (t) => {
  const forge = (document: ExchangeDocument) =>
    JSON.stringify(document).replace('"signerRole":"member"', '"signerRole":"server-owner"');
  for (const document of [{ ...scene.request, from: scene.providerServer }, scene.responseTo("x..y")]) {
    const exchange = Buffer.from(forge(document));
    const head = document.type === "request" ? message.head : answer.head;
    t.throws(() => verify({ ...message, exchange, head }), { code: "malformed_message" });
  }
});

t.test("who must have signed", async (t) => {
  const signer = (changes: Partial<ExchangeDocument>) =>
    signerOf({ ...scene.request, ...changes }, directory);
  t.equal(signer({}), consumerMember);
  t.equal(signer({ type: "response" }), scene.providerMember);
  t.equal(signer({ type: "refusal", signerRole: "client" }), consumerMember);
  t.equal(
    signer({ type: "fault", signerRole: "server-owner", from: scene.providerServer }),
    scene.ownerMember,
  );
  t.equal(
    signer({ type: "fault", signerRole: "server-owner", from: parseServerId("DEV/X/1/none") }),
    undefined,
  );
});

t.test("certificates are judged at every message, though their signatures are verified once", async (t) => {
  const judge = scene.newJudge();
  const at = (time: number, wire: SealedMessage) =>
    verifyMessage(wire, directory, judge, { now: () => time });
  t.doesNotThrow(() => at(now, message));
  const late = now + hour + 1;
  const later = await seal(
    { ...scene.request, ts: late, deadline: late + 1 },
    scene.requestHead,
    consumerSeal,
    late,
  );
  t.throws(() => at(late, later), { code: "ocsp_stale" }, "the response has ended since");
});
