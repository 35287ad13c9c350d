import t from "tap";
import { fromBase64Url, sha256, toBase64Url } from "../../src/core/bytes.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { parseHead } from "../../src/message/head.ts";
import { buildEvidencePackage, type EvidenceParts } from "../../src/messagelog/evidence/evidence-package.ts";
import { verifyPackage } from "../../src/messagelog/evidence/verify-package.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import { answerBody, EvidenceScene, hour, type MessageChanges } from "./evidence-scene.ts";
import { forged, judged } from "./evidence-tampering.ts";

const scene = await EvidenceScene.start(t);
const at = scene.now + 60_000;
const year = 365 * 24 * hour;
const anchor = writeAnchor(scene.published.authority.anchor);
const verify = async (parts: EvidenceParts, time = at) =>
  judged(await buildEvidencePackage(parts), { anchor, at: time });
const demonstration = { warnings: ["demonstration"] };

t.test("request and answer, whole: valid, with every check told", async (t) => {
  const bytes = await buildEvidencePackage(await scene.goodParts());
  const { verdict, exchange, findings } = await verifyPackage(bytes, { anchor, at });
  t.equal(verdict, "valid");
  t.strictSame(exchange, { instance: "DEV", id: scene.id });
  const codes = findings.filter(({ place }) => place.startsWith("response/")).map(({ code }) => code);
  t.strictSame(
    codes.sort(),
    [
      ...["body-matches", "ca-granted", "certificate-valid", "digest-matches", "digest-matches"],
      ...["exchange-well-formed", "head-agrees", "ocsp-good", "signature-form", "signature-valid"],
      ...["signer-bound", "time-proven", "tsa-granted"],
    ].sort(),
  );
  const bound = findings.find(({ code }) => code === "signer-bound");
  t.match(bound?.detail, /^DEV\/GOV\/\d+: an advanced electronic seal$/, "whose seal, and of which kind");
  const time = findings.find(({ code }) => code === "time-proven");
  t.equal(time?.detail, new Date(scene.now + 20_000).toISOString());
  t.ok(findings.every(({ consequence }) => consequence.endsWith(".")));
});

t.test("without an anchor the package's own is used, which is a warning", async (t) => {
  const bytes = await buildEvidencePackage(await scene.goodParts());
  t.match(await judged(bytes, { at }), {
    verdict: "valid",
    warnings: ["anchor-from-package", "demonstration"],
  });
});

t.test("an evidence record over two documents, without the head, is taken", async (t) => {
  const request = await scene.request();
  const evidenceRecord = scene.evidence([request.file, request.exchange]);
  const result = await verify(scene.parts([scene.part(request, { evidenceRecord })]));
  t.match(result, { verdict: "valid", ...demonstration, infos: ["answer-missing"] });
});

t.test("head withheld: still valid, and said so", async (t) => {
  const request = await scene.request();
  const head = { state: "withheld", sha256: sha256(request.head), openings: new Map() } as const;
  const result = await verify(scene.parts([scene.part(request, { head })]));
  t.match(result, {
    verdict: "valid",
    ...demonstration,
    infos: ["answer-missing", "body-not-kept", "head-withheld"],
  });
});

t.test("head erased: still valid, and said so", async (t) => {
  const request = await scene.request();
  const head = { state: "erased", sha256: sha256(request.head), openings: new Map() } as const;
  const result = await verify(scene.parts([scene.part(request, { head })]));
  t.match(result, { verdict: "valid", infos: ["answer-missing", "body-not-kept", "head-erased"] });
});

t.test("a single opening discloses one person, and nothing else", async (t) => {
  const request = await scene.request();
  const { subjects } = parseHead(request.head).openings;
  const openings = new Map([["subject-0", subjects[0]!]] as const);
  const head = { state: "withheld", sha256: sha256(request.head), openings } as const;
  const bytes = await buildEvidencePackage(scene.parts([scene.part(request, { head })]));
  const { verdict, findings } = await verifyPackage(bytes, { anchor, at });
  t.equal(verdict, "valid");
  t.match(
    findings.find(({ code }) => code === "opening-fits"),
    { place: "request/openings/subject-0.json" },
  );
  t.notOk(bytes.includes("EE47101010033"), "the user is not in it");
});

t.test("wrong opening: another person", async (t) => {
  const request = await scene.request();
  const { nonce } = parseHead(request.head).openings.subjects[0]!;
  const openings = new Map([["subject-0", { nonce, value: "38001010001" }]] as const);
  const head = { state: "withheld", sha256: sha256(request.head), openings } as const;
  t.strictSame((await verify(scene.parts([scene.part(request, { head })]))).failures, ["opening-wrong"]);
});

t.test("wrong opening: of a commitment that there is not", async (t) => {
  const request = await scene.request();
  const [opening] = parseHead(request.head).openings.subjects;
  for (const name of ["subject-1", "permission"] as const) {
    const head = {
      state: "withheld",
      sha256: sha256(request.head),
      openings: new Map([[name, opening!]]),
    } as const;
    t.strictSame((await verify(scene.parts([scene.part(request, { head })]))).failures, ["opening-wrong"]);
  }
});

t.test("a certificate that expired only later has lost nothing", async (t) => {
  const result = await verify(await scene.goodParts(), scene.now + 2 * year);
  t.match(result, { verdict: "valid", ...demonstration, infos: ["certificate-expired-since"] });
});

t.test("a time-stamp whose certificate expired without a renewal is doubted since", async (t) => {
  const result = await verify(await scene.goodParts(), scene.now + 9 * year);
  t.strictSame(result.failures, ["evidence-not-renewed"]);
});

t.test("a refusal before a request was signed stands alone", async (t) => {
  const request = await scene.request();
  const { from } = request.document;
  const refusal = await scene.response(request, {
    seal: scene.country.benefitsSeal,
    document: {
      type: "refusal",
      signerRole: "client",
      from,
      to: from,
      request: null,
      contentKind: null,
      decision: { code: "access_denied", fieldsRemoved: [], verdict: "deny" },
    },
  });
  const result = await verify(scene.parts([scene.part(refusal)]));
  t.match(result, { verdict: "valid", infos: ["answer-without-request", "body-not-kept"] });
});

t.test("an answer without its request says what is missing", async (t) => {
  const response = await scene.response(await scene.request());
  const result = await verify(scene.parts([scene.part(response, { body: answerBody })]));
  t.match(result, { verdict: "valid", warnings: ["demonstration", "request-missing"] });
});

t.test("the consumer's own conclusion, that nobody answered, goes to nobody else", async (t) => {
  const request = await scene.request();
  const conclusion: MessageChanges = {
    seal: scene.country.benefitsSeal,
    document: {
      type: "fault",
      signerRole: "client",
      contentKind: null,
      decision: { code: null, fieldsRemoved: [], verdict: "none" },
      fault: { code: "peer_unreachable", hop: "consumer" },
      from: request.document.from,
      to: request.document.from,
    },
  };
  const fault = await scene.response(request, conclusion);
  const result = await verify(scene.parts([scene.part(request), scene.part(fault, { body: answerBody })]));
  t.match(result, { verdict: "valid", ...demonstration });
});

t.test("a fresher OCSP response beside an old one counts", async (t) => {
  const old = await scene.request({ ocsp: { thisUpdate: scene.now - 7 * hour } });
  const stamp = { genTime: scene.now + 13 * hour };
  t.strictSame((await verify(scene.parts([scene.part(old, { stamp })]), at + 14 * hour)).failures, [
    "ocsp-stale",
  ]);
  const request = await scene.request({ ocsp: { thisUpdate: scene.now + 13 * hour - 60_000 } });
  const result = await verify(scene.parts([scene.part(request, { stamp })]), at + 14 * hour);
  t.match(result, { verdict: "valid", warnings: ["demonstration", "time-stamped-late"] });
});

t.test("an OCSP response that passed its limit minutes before the time-stamp is a warning", async (t) => {
  const request = await scene.request({
    ocsp: { thisUpdate: scene.now - 8 * hour - 60_000, nextUpdate: scene.now + hour },
  });
  const result = await verify(scene.parts([scene.part(request)]));
  t.match(result, { verdict: "valid", warnings: ["demonstration", "ocsp-just-aged"] });
});

t.test("a time-stamp without revocation data is a warning", async (t) => {
  const request = await scene.request();
  const result = await verify(scene.parts([scene.part(request, { stamp: { revocation: "absent" } })]));
  t.match(result, { verdict: "valid", warnings: ["demonstration", "tsa-revocation-unproven"] });
});

t.test("documents in force that are not in the package are a warning", async (t) => {
  const request = await scene.request();
  const result = await verify(scene.parts([scene.part(request)], { documents: [] }));
  t.match(result, { verdict: "valid", warnings: ["demonstration", "document-missing"] });
});

t.test("a body without its head proves nothing, which is a warning", async (t) => {
  const response = await scene.response(await scene.request());
  const head = { state: "erased", sha256: sha256(response.head), openings: new Map() } as const;
  const result = await verify(scene.parts([scene.part(response, { head, body: answerBody })]));
  t.match(result, { verdict: "valid", warnings: ["body-unproven", "demonstration", "request-missing"] });
});

t.test("a configuration without its timestamp is signed all the same", async (t) => {
  const files = new Map(scene.configuration.files);
  files.delete("metadata/timestamp.json");
  const parts = { ...(await scene.goodParts()), configurations: [files] };
  t.match(await verify(parts), { verdict: "valid", infos: ["configuration-currency-unproven"] });
});

t.test("what is said of a seal later, with an earlier date, counts", async (t) => {
  const { published, country } = scene;
  const registry = country.registry();
  const compromised = { state: "compromised" as const, from: new Date(scene.now - hour).toISOString() };
  await published.authority.publish({
    ...registry,
    seals: registry.seals.map((seal) => ({ ...seal, history: [...seal.history, compromised] })),
  });
  const later = (await published.startClient({ directory: `${published.cache}-later` })).configuration();
  const parts = await scene.goodParts();
  const both = { ...parts, configurations: [...parts.configurations, later.files] };
  t.strictSame((await verify(both)).failures, ["signer-not-granted"]);
  t.equal(later.version, scene.configuration.version + 1);
});

t.test("whole groups of checks that pass are told, too", async (t) => {
  const bytes = await buildEvidencePackage(await scene.goodParts());
  const { findings } = await verifyPackage(bytes, { anchor, at });
  const codes = new Set(findings.map(({ code }) => code));
  for (const code of [
    ...["files-complete", "words-genuine", "anchor-given", "configuration-signed", "configuration-current"],
    ...["policy-present", "openings-fit", "document-present", "answer-bound"],
  ] as const) {
    t.ok(codes.has(code), code);
  }
});

t.test("a text of another release is a warning: its words prove nothing anyway", async (t) => {
  const bytes = await buildEvidencePackage(await scene.goodParts());
  const other = await forged(bytes, (files) => void files.set("README.txt", Buffer.from("    rm -r .\n")));
  t.match(await judged(other, { anchor, at }), {
    verdict: "valid",
    warnings: ["demonstration", "words-differ"],
  });
});

t.test("policy, digest of an absent head and the package's own anchor can be missed", async (t) => {
  const request = await scene.request();
  const head = { state: "withheld", sha256: sha256(request.head), openings: new Map() } as const;
  const bytes = await buildEvidencePackage(scene.parts([scene.part(request, { head })]));
  const less = await forged(bytes, (files) => {
    files.delete("context/signature-policy.md");
    files.delete("request/head.sha256");
  });
  const compact = Buffer.from(JSON.stringify(JSON.parse(anchor.toString("utf8"))));
  t.match(await judged(less, { anchor: compact, at }), {
    verdict: "valid",
    warnings: ["demonstration", "head-digest-missing", "policy-missing"],
    infos: ["anchor-differs", "answer-missing", "body-not-kept", "head-withheld"],
  });
});

t.test("equal parts make equal packages", async (t) => {
  const parts = await scene.goodParts();
  t.ok((await buildEvidencePackage(parts)).equals(await buildEvidencePackage(parts)));
});

t.test("messages of two exchanges make no package", async (t) => {
  const request = await scene.request();
  const other = await scene.request({ document: { id: unsafeId("01a20320-a200-7480-a5eb-fbf01a2bb42d") } });
  await t.rejects(buildEvidencePackage(scene.parts([scene.part(request), scene.part(other)])), RangeError);
  await t.rejects(buildEvidencePackage(scene.parts([])), RangeError);
});

t.test("the digest that an answer holds is that of the compact signature", async (t) => {
  const request = await scene.request();
  const { document } = await scene.response(request);
  t.equal(document.request, toBase64Url(sha256(request.compact)));
  t.ok(fromBase64Url(document.request!));
});
