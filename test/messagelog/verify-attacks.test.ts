import t from "tap";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { parseServerId, unsafeId } from "../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { parseHead } from "../../src/message/head.ts";
import { buildEvidencePackage, type EvidenceParts } from "../../src/messagelog/evidence-package.ts";
import { readPackage } from "../../src/messagelog/package-read.ts";
import { signatureFile, unprotectedPart } from "../../src/messagelog/signature-file.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import {
  answerBody,
  EvidenceScene,
  type FrozenMessage,
  hour,
  type MessageChanges,
} from "./evidence-scene.ts";
import { damaged, flipped, forged, judged } from "./evidence-tampering.ts";

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

async function failures(parts: EvidenceParts, time = at): Promise<string[]> {
  return (await judged(await buildEvidencePackage(parts), { anchor, at: time })).failures;
}

/** The failures of request and answer, one of them changed. */
async function failuresOfAnswer(changes: MessageChanges) {
  const request = await scene.request();
  const response = await scene.response(request, changes);
  return failures(scene.parts([scene.part(request), scene.part(response)]));
}

t.test("altered byte in each file", async (t) => {
  for (const path of (await readPackage(good)).keys()) {
    if (path === "manifest.json") continue;
    const bad = await damaged(good, (files) => files.set(path, flipped(files.get(path)!)));
    const { verdict, failures, places } = await judged(bad, { anchor, at });
    t.equal(verdict, "invalid", path);
    t.ok(failures.includes("file-altered") && places.includes(path), path);
  }
});

t.test("altered byte in the manifest", async (t) => {
  const bad = await damaged(good, (files) => {
    const text = files.get("manifest.json")!.toString("latin1");
    files.set("manifest.json", Buffer.from(text.replace(/"length":/, '"lengte":')));
  });
  t.match(await judged(bad, { anchor, at }), { verdict: "unusable", failures: ["manifest-unreadable"] });
});

/** What a byte altered by somebody who renews the manifest gives away; files without a line are told by the next test. */
// biome-ignore format: a table is read by its columns
const alteredFiles: readonly (readonly [path: RegExp, codes: readonly string[]])[] = [
  [/^(?:STATEMENT|README)\.txt$/,                  []],
  [/^anchors\/anchor\.json$/,                      []],
  [/^anchors\/(?:ca|tsa)\.pem$/,                   ["anchor-certificate-unlisted"]],
  [/^context\/agreement\//,                       ["document-misplaced"]],
  [/^context\/signature-policy\.md$/,             ["policy-differs"]],
  [/^context\/configuration\/\d\/metadata\/1\.root\.json$/,          ["configuration-stray"]],
  [/^context\/configuration\/\d\/metadata\/(?:.*snapshot|timestamp)/, ["configuration-invalid"]],
  [/^context\/configuration\/\d\/(?:metadata\/.*targets|targets\/)/,  ["configuration-invalid", "configuration-missing", "tsa-unknown"]],
  [/^\w+\/extracted\//,                          ["extract-differs"]],
  [/^\w+\/evidence\.ers$/,                       ["extract-differs", "token-invalid"]],
  [/^request\/head$/,                             ["digest-mismatch", "opening-wrong"]],
  [/^response\/head$/,                            ["answer-contradicts-request", "digest-mismatch"]],
  [/^\w+\/body$/,                                ["body-mismatch"]],
];

t.test("altered byte in each file, under a manifest that was renewed", async (t) => {
  const unlisted: string[] = [];
  for (const path of (await readPackage(good)).keys()) {
    const expected = alteredFiles.find(([form]) => form.test(path))?.[1];
    if (expected === undefined) unlisted.push(path);
    else {
      const bad = await forged(good, (files) => files.set(path, flipped(files.get(path)!)));
      t.strictSame((await judged(bad, { anchor, at })).failures, expected, path);
    }
  }
  const expected = ["request", "response"].flatMap((folder) => [
    `${folder}/exchange`,
    `${folder}/signature.jws.json`,
  ]);
  t.strictSame(unlisted, ["manifest.json", ...expected]);
});

t.test("altered account of the exchange: another agreement", async (t) => {
  const bad = await forged(good, (files) => {
    const text = files.get("request/exchange")!.toString("latin1");
    files.set("request/exchange", Buffer.from(text.replace('"revision":3', '"revision":4')));
  });
  t.strictSame((await judged(bad, { anchor, at })).failures, [
    "digest-mismatch",
    "evidence-of-another-record",
  ]);
});

t.test("altered account of the exchange: a second reading", async (t) => {
  const bad = await forged(good, (files) => {
    const text = files.get("request/exchange")!.toString("latin1");
    files.set("request/exchange", Buffer.from(text.replace("{", "{ ")));
  });
  t.strictSame((await judged(bad, { anchor, at })).failures, [
    "digest-mismatch",
    "evidence-of-another-record",
    "exchange-malformed",
  ]);
});

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

t.test("missing file", async (t) => {
  const missing = (path: string) => damaged(good, (files) => void files.delete(path));
  for (const path of ["request/head", "request/evidence.ers", "context/signature-policy.md", "README.txt"]) {
    const { failures, places } = await judged(await missing(path), { anchor, at });
    t.ok(failures.includes("file-missing") && places.includes(path), path);
  }
  t.match(await judged(await missing("manifest.json"), { at }), {
    verdict: "unusable",
    failures: ["manifest-missing"],
  });
});

/** What is told of a file that was taken out along with its line in the manifest. */
// biome-ignore format: a table is read by its columns
const takenOut: readonly (readonly [path: string, codes: readonly string[]])[] = [
  ["request/signature.jws.json", ["evidence-without-signature", "extract-differs", "signature-missing"]],
  ["request/exchange",           ["evidence-of-another-record", "exchange-missing"]],
  ["request/evidence.ers",       ["evidence-missing", "extract-differs"]],
  ["request/head",               ["manifest-contradicts"]],
  ["response/body",              ["manifest-contradicts"]],
];

t.test("missing file, under a manifest that was renewed", async (t) => {
  for (const [path, codes] of takenOut) {
    const bad = await forged(good, (files) => void files.delete(path));
    t.strictSame((await judged(bad, { anchor, at })).failures, codes, path);
  }
  const noAnchor = await forged(good, (files) => void files.delete("anchors/anchor.json"));
  t.equal((await judged(noAnchor, { anchor, at })).verdict, "valid", "the auditor has an anchor");
  t.ok((await judged(noAnchor, { at })).failures.includes("anchor-missing"));
});

t.test("extra file", async (t) => {
  const extra = (files: Map<string, Buffer>) => void files.set("request/note.txt", Buffer.from("x"));
  t.strictSame((await judged(await damaged(good, extra), { anchor, at })).failures, ["file-unlisted"]);
  t.strictSame((await judged(await forged(good, extra), { anchor, at })).failures, ["file-unknown"]);
});

t.test("extra message, document and configuration file, under a manifest that was renewed", async (t) => {
  const law = Buffer.from("{}");
  const path = `context/agreement/${sha256(law).toString("hex")}.json`;
  const part = `context/configuration/2/targets/configuration/${sha256(law).toString("hex")}.members.json`;
  const add = (name: string, bytes: Buffer) => forged(good, (files) => void files.set(name, bytes));
  const codes = async (bad: Buffer) => (await judged(bad, { anchor, at })).failures;
  t.strictSame(await codes(await add("fault/exchange", law)), ["manifest-contradicts"]);
  t.strictSame(await codes(await add(path, law)), ["document-misplaced"]);
  t.strictSame(await codes(await add(part, law)), ["configuration-stray"]);
  t.strictSame(await codes(await add("request/openings/user.json", law)), ["opening-wrong"]);
});

t.test("renamed file", async (t) => {
  const rename = (files: Map<string, Buffer>) => {
    files.set("request/exchange.json", files.get("request/exchange")!);
    files.delete("request/exchange");
  };
  const { failures } = await judged(await damaged(good, rename), { anchor, at });
  t.ok(failures.includes("file-missing") && failures.includes("file-unlisted"));
  t.ok((await judged(await forged(good, rename), { anchor, at })).failures.includes("file-unknown"));
});

t.test("request and answer in each other's folder", async (t) => {
  const bad = await forged(good, (files) => {
    for (const name of ["exchange", "head", "signature.jws.json", "evidence.ers"]) {
      const [one, other] = [files.get(`request/${name}`)!, files.get(`response/${name}`)!];
      files.set(`request/${name}`, other).set(`response/${name}`, one);
    }
  });
  t.ok((await judged(bad, { anchor, at })).failures.includes("exchange-misplaced"));
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

t.test("configuration of that day missing", async (t) => {
  const parts = { ...(await scene.goodParts()), configurations: [] };
  t.strictSame(await failures(parts), ["configuration-missing", "tsa-unknown"]);
});

t.test("configuration with another digest than the message names", async (t) => {
  const configuration = { sha256: toBase64Url(sha256("another")), version: scene.configuration.version };
  t.strictSame(await failuresOf(await scene.request({ document: { configuration } })), [
    "configuration-missing",
  ]);
});

t.test("manifest that says another purpose", async (t) => {
  const bad = await forged(
    good,
    () => {},
    () => ({ purpose: "production" }),
  );
  t.strictSame((await judged(bad, { anchor, at })).failures, ["purpose-differs"]);
});

t.test("anchor of another instance", async (t) => {
  const { instance, ...others } = scene.published.authority.anchor;
  const other = writeAnchor({ instance: `${instance}2`, ...others });
  t.strictSame((await judged(good, { anchor: other, at })).failures, [
    "anchor-other-instance",
    "configuration-missing",
    "tsa-unknown",
  ]);
});

t.test("forged country of the same name", async (t) => {
  const theirs = await EvidenceScene.start(t);
  const bytes = await buildEvidencePackage(await theirs.goodParts());
  t.match(await judged(bytes, { at }), {
    verdict: "valid",
    warnings: ["anchor-from-package", "demonstration"],
  });
  t.strictSame((await judged(bytes, { anchor, at })).failures, [
    "configuration-invalid",
    "configuration-missing",
    "tsa-unknown",
  ]);
});

t.test("anchor file that is none", async (t) => {
  const result = await judged(good, { anchor: Buffer.from("{}"), at });
  t.match(result, { verdict: "unusable", failures: ["anchor-unreadable"] });
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
