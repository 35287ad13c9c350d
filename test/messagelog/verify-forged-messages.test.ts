import t from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { parseServerId, unsafeId } from "../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { developmentPolicy } from "../../src/dev/timestamp-authority.ts";
import { parseHead } from "../../src/message/head.ts";
import { buildEvidencePackage, type EvidenceParts } from "../../src/messagelog/evidence/evidence-package.ts";
import { signatureFile, unprotectedPart } from "../../src/messagelog/signature-file.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import {
  answerBody,
  EvidenceScene,
  type FrozenMessage,
  hour,
  type MessageChanges,
} from "./evidence-scene.ts";
import { forged, judged } from "./evidence-tampering.ts";

/* Messages that somebody could bring about, each packed by the rules. */

const benefits = "DEV/GOV/10000003";
const granted = [{ state: "granted" as const, from: "2026-01-01T00:00:00Z" }];

/** A seal that expires between signing and time-stamp. */
let shortLived: Identity;
const scene = await EvidenceScene.start(t, (country) => {
  const { ca, clock } = country;
  shortLived = ca.issueSeal(unsafeId(benefits), "Expires", { notAfter: clock.time + 10_000 });
  const certificate = { der: shortLived.certificate.der.toString("base64") };
  const binding = { member: benefits, certificate, servers: [`${benefits}/ss2`], history: granted };
  return { seals: [...country.registry().seals, binding] };
});
const stranger = new DevelopmentCa({
  instance: "DEV",
  clock: scene.country.clock,
  ocspUrl: "http://127.0.0.1:8889/",
});
const at = scene.now + 60_000;
const anchor = writeAnchor(scene.published.authority.anchor);
const good = await buildEvidencePackage(await scene.goodParts());

/** The failures that a request alone has. */
async function failuresOf(request: FrozenMessage, changes: Parameters<EvidenceScene["part"]>[1] = {}) {
  return failures(scene.parts([scene.part(request, changes)]));
}

async function failures(parts: EvidenceParts): Promise<string[]> {
  return (await judged(await buildEvidencePackage(parts), { anchor, at })).failures;
}

/** The failures of request and answer, one of them changed. */
async function failuresOfAnswer(changes: MessageChanges) {
  const request = await scene.request();
  const response = await scene.response(request, changes);
  return failures(scene.parts([scene.part(request), scene.part(response)]));
}

t.test("signature value of another message", async (t) => {
  const request = await scene.request();
  const other = await scene.request({ document: { deadline: scene.now + 31_000 } });
  const [header] = request.compact.split("..");
  const [, value] = other.compact.split("..");
  t.strictSame(await failuresOf(refrozen(request, `${header}..${value}`)), ["signature-invalid"]);
});

t.test("certificate of somebody else in the header", async (t) => {
  const request = await scene.request();
  const theirs = scene.country.populationSeal.certificate.der.toString("base64");
  const changed = changedHeader(request, (header) => header.replace(/"x5c":\["[^"]*/, `"x5c":["${theirs}`));
  t.strictSame(await failuresOf(changed), ["signature-malformed"]);
});

t.test("a member in the header that the policy does not have", async (t) => {
  const request = await scene.request();
  const changed = changedHeader(request, (header) => header.replace('{"alg"', '{"jti":"1","alg"'));
  const parts = scene.parts([scene.part(request)]);
  const bad = await forged(await buildEvidencePackage(parts), (files) =>
    files.set("request/signature.jws.json", changed.file),
  );
  t.ok((await judged(bad, { anchor, at })).failures.includes("signature-malformed"));
});

t.test("signature file in another form than the frozen one", async (t) => {
  const request = await scene.request();
  const file = Buffer.from(
    request.file.toString("latin1").replace('","signature"', '", "signature"'),
    "latin1",
  );
  const bad = await forged(good, (files) => files.set("request/signature.jws.json", file));
  t.ok((await judged(bad, { anchor, at })).failures.includes("signature-file-malformed"));
});

t.test("evidence record of another record", async (t) => {
  const [request, other] = [
    await scene.request(),
    await scene.request({ document: { deadline: scene.now + 31_000 } }),
  ];
  const evidenceRecord = scene.evidence([other.file, other.exchange, other.head]);
  t.strictSame(await failuresOf(request, { evidenceRecord }), ["evidence-of-another-record"]);
});

t.test("evidence record without the signature file", async (t) => {
  const request = await scene.request();
  const evidenceRecord = scene.evidence([request.exchange, request.head]);
  t.strictSame(await failuresOf(request, { evidenceRecord }), ["evidence-without-signature"]);
});

t.test("evidence record over the signature file and something else", async (t) => {
  const { file, exchange, head, ...request } = await scene.request();
  for (const documents of [
    [file, head],
    [file, Buffer.from("other")],
    [file, exchange, Buffer.from("other")],
    [file, exchange, head, Buffer.from("other")],
  ]) {
    const evidenceRecord = scene.evidence(documents);
    const codes = await failuresOf({ file, exchange, head, ...request }, { evidenceRecord });
    t.strictSame(codes, ["evidence-of-another-record"]);
  }
});

t.test("evidence record with trailing bytes", async (t) => {
  const { file, exchange, head, ...request } = await scene.request();
  const record = scene.evidence([file, exchange, head]);
  const evidenceRecord = Buffer.concat([record, Buffer.of(0)]);
  const bytes = await buildEvidencePackage(scene.parts([scene.part({ file, exchange, head, ...request })]));
  const bad = await forged(bytes, (files) => void files.set("request/evidence.ers", evidenceRecord));
  t.ok((await judged(bad, { anchor, at })).failures.includes("evidence-malformed"));
});

t.test("token from another time-stamping authority", async (t) => {
  const stamp = { tsa: stranger.issueTimestamping() };
  t.strictSame(await failuresOf(await scene.request(), { stamp }), ["tsa-unknown"]);
});

t.test("token under a policy that is not approved", async (t) => {
  t.strictSame(await failuresOf(await scene.request(), { stamp: { policy: "1.2.3.4" } }), ["tsa-policy"]);
});

t.test("token of a TSA whose certificate was revoked", async (t) => {
  const revocation = { status: "revoked", revokedAt: scene.now - hour, reason: 1 } as const;
  t.strictSame(await failuresOf(await scene.request(), { stamp: { revocation } }), ["tsa-revoked"]);
});

t.test(
  "CA and time-stamping authority that were not approved any more, or are known to be compromised",
  async (t) => {
    for (const state of ["withdrawn", "compromised"] as const) {
      const ended = [...granted, { state, from: "2026-11-22T11:59:00Z" }];
      const former = await EvidenceScene.start(t, (country) => {
        const { certificationAuthorities, timestampingAuthorities } = country.registry();
        const end = <Service extends object>(service: Service) => ({ ...service, history: ended });
        return {
          certificationAuthorities: certificationAuthorities.map(end),
          timestampingAuthorities: timestampingAuthorities.map((tsa) => ({
            ...end(tsa),
            policies: [developmentPolicy],
          })),
        };
      });
      const bytes = await buildEvidencePackage(former.parts([former.part(await former.request())]));
      const { failures } = await judged(bytes, {
        anchor: writeAnchor(former.published.authority.anchor),
        at,
      });
      t.strictSame(failures, ["ca-not-granted", "tsa-not-granted"], state);
    }
  },
);

t.test("token signed with a seal", async (t) => {
  const stamp = { tsa: scene.country.populationSeal };
  t.strictSame(await failuresOf(await scene.request(), { stamp }), ["token-invalid"]);
});

t.test("token of a TSA whose certificate had expired", async (t) => {
  const stamp = { tsa: scene.country.ca.issueTimestamping({ notAfter: scene.now }) };
  t.strictSame(await failuresOf(await scene.request(), { stamp }), ["tsa-certificate-expired"]);
});

t.test("token of the future", async (t) => {
  const stamp = { genTime: at + 2 * hour };
  t.strictSame(await failuresOf(await scene.request(), { stamp }), ["token-invalid"]);
});

t.test("message that claims to be younger than its time-stamp", async (t) => {
  const request = await scene.request({
    at: scene.now + 5 * 60_000,
    document: { ts: scene.now + 5 * 60_000 },
  });
  t.strictSame(await failuresOf(request), ["times-contradict"]);
});

t.test("account of the exchange that is older than its signature", async (t) => {
  t.strictSame(await failuresOf(await scene.request({ document: { ts: scene.now - hour } })), [
    "times-contradict",
  ]);
});

t.test("signature by another member", async (t) => {
  const request = await scene.request({ seal: scene.country.populationSeal });
  t.strictSame(await failuresOf(request), ["signer-other-member", "signer-other-server"]);
});

t.test("signature by nobody's certificate", async (t) => {
  const seal = scene.country.ca.issueSeal(unsafeId(benefits), "Social Benefits Agency");
  t.strictSame(await failuresOf(await scene.request({ seal })), ["signer-unknown"]);
});

t.test("message of a server that does not serve the client", async (t) => {
  const from = parseServerId("DEV/GOV/10000001/ss1");
  t.strictSame(await failuresOf(await scene.request({ document: { from } })), ["signer-other-server"]);
});

t.test("certificate expired when the time-stamp was made", async (t) => {
  t.strictSame(await failuresOf(await scene.request({ seal: shortLived })), ["certificate-not-valid"]);
});

t.test("message that claims a time before its certificate", async (t) => {
  const before = scene.now - 2 * hour;
  const request = await scene.request({ at: before, document: { ts: before } });
  t.strictSame(await failuresOf(request), ["certificate-not-valid"]);
});

t.test("certificate revoked before", async (t) => {
  const state = { status: "revoked", revokedAt: scene.now - hour, reason: 1 } as const;
  t.strictSame(await failuresOf(await scene.request({ ocsp: { state } })), ["ocsp-revoked"]);
});

t.test("certificate that the CA does not know", async (t) => {
  t.strictSame(await failuresOf(await scene.request({ ocsp: { state: { status: "unknown" } } })), [
    "ocsp-invalid",
  ]);
});

t.test("OCSP response too old at the time of the time-stamp", async (t) => {
  const stale = { thisUpdate: scene.now - 20 * hour, nextUpdate: scene.now + hour };
  t.strictSame(await failuresOf(await scene.request({ ocsp: stale })), ["ocsp-stale"]);
});

t.test("OCSP response of another certificate", async (t) => {
  const request = await scene.request();
  const theirs = scene.ocsp(scene.country.populationSeal.certificate);
  t.strictSame(await failuresOf(refrozen(request, request.compact, [theirs])), ["ocsp-invalid"]);
});

t.test("no OCSP response", async (t) => {
  const request = await scene.request();
  t.strictSame(await failuresOf(refrozen(request, request.compact, [])), ["ocsp-missing"]);
});

t.test("head that contradicts the account of the exchange", async (t) => {
  const headers = [["X-Road-Client", `${benefits}/other`] as const, ["X-Road-Id", "q-1"] as const];
  t.strictSame(await failuresOf(await scene.request({ head: { headers } })), ["head-contradicts"]);
});

t.test("head that is none", async (t) => {
  const bad = await forged(good, (files) => void files.set("request/head", Buffer.from("GET /\r\n")));
  t.strictSame((await judged(bad, { anchor, at })).failures, ["digest-mismatch", "head-malformed"]);
});

t.test("body of another answer", async (t) => {
  const parts = await scene.goodParts();
  const [request, response] = parts.messages;
  const body = Buffer.from(answerBody.toString("utf8").replace("Mari", "Juri"));
  t.strictSame(await failures({ ...parts, messages: [request!, { ...response!, body }] }), ["body-mismatch"]);
});

t.test("request of another exchange", async (t) => {
  const [request, other] = [
    await scene.request(),
    await scene.request({ document: { deadline: scene.now + 31_000 } }),
  ];
  const response = await scene.response(other);
  const codes = await failures(scene.parts([scene.part(request), scene.part(response)]));
  t.strictSame(codes, ["answer-of-another-request"]);
});

t.test("answer that contradicts its request or itself", async (t) => {
  const answer = { contradicts: ["answer-contradicts-request"] };
  t.strictSame(await failuresOfAnswer({ document: { deadline: scene.now + 31_000 } }), answer.contradicts);
  t.strictSame(
    await failuresOfAnswer({ document: { to: unsafeId("DEV/GOV/10000003/ss9") } }),
    answer.contradicts,
  );
  const hash = [["x-road-id", "q-1"] as const, ["x-road-request-hash", "aGFzaA=="] as const];
  const request = await scene.request();
  const { headers: own } = parseHead((await scene.response(request)).head);
  const headers = own.filter(([name]) => !hash.some(([other]) => other === name));
  t.strictSame(await failuresOfAnswer({ head: { headers: [...headers, ...hash] } }), answer.contradicts);
});

t.test("configuration with another digest than the message names", async (t) => {
  const configuration = { sha256: toBase64Url(sha256("another")), version: scene.configuration.version };
  t.strictSame(await failuresOf(await scene.request({ document: { configuration } })), [
    "configuration-missing",
  ]);
});

/** The same message with another signature or other OCSP responses, frozen anew. */
function refrozen(message: FrozenMessage, compact: string, ocsp?: readonly Buffer[]): FrozenMessage {
  const { country } = scene;
  const responses = ocsp ?? [scene.ocsp(country.benefitsSeal.certificate)];
  const unprotected = unprotectedPart(
    { issuerDer: country.ca.issuing.certificate.der },
    responses.map((der) => ({ der })),
  );
  return { ...message, compact, file: signatureFile(Buffer.from(compact, "latin1"), unprotected) };
}

function changedHeader(message: FrozenMessage, change: (header: string) => string): FrozenMessage {
  const [header, value] = message.compact.split("..");
  const changed = change(Buffer.from(header!, "base64url").toString("latin1"));
  return refrozen(message, `${Buffer.from(changed, "latin1").toString("base64url")}..${value}`);
}
