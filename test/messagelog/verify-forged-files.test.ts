import t from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { parseHead } from "../../src/message/head.ts";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { parseEvidenceRecord } from "../../src/pki/evidence-record.ts";
import { parseTimestampToken } from "../../src/pki/timestamp-token.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import { EvidenceScene } from "./evidence-scene.ts";
import { damaged, flipped, forged, judged } from "./evidence-tampering.ts";

/* What is done to the files of a good package. */

const scene = await EvidenceScene.start(t);
const at = scene.now + 60_000;
const anchor = writeAnchor(scene.published.authority.anchor);
const good = await buildEvidencePackage(await scene.goodParts());

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

/** The byte in the middle that leaves it a head: a nonce is random, and another of its characters may be none. */
function alteredHead(bytes: Buffer): Buffer {
  for (let at = bytes.length >> 1; ; at++) {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 1;
    try {
      parseHead(copy);
      return copy;
    } catch {}
  }
}

/** In an evidence record a bit in the middle may break the form or the content: the token's signature is altered. */
function altered(path: string, bytes: Buffer): Buffer {
  if (path.endsWith("/head")) return alteredHead(bytes);
  if (!path.endsWith("/evidence.ers")) return flipped(bytes);
  const { token } = parseEvidenceRecord(bytes).chains[0]!.timestamps[0]!;
  const { signature } = parseTimestampToken(token).signedData.signers[0]!;
  const copy = Buffer.from(bytes);
  copy[copy.indexOf(signature) + signature.length - 1]! ^= 1;
  return copy;
}

t.test("altered byte in each file, under a manifest that was renewed", async (t) => {
  const unlisted: string[] = [];
  for (const path of (await readPackage(good)).keys()) {
    const expected = alteredFiles.find(([form]) => form.test(path))?.[1];
    if (expected === undefined) unlisted.push(path);
    else {
      const bad = await forged(good, (files) => files.set(path, altered(path, files.get(path)!)));
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

t.test("configuration of that day missing", async (t) => {
  const parts = { ...(await scene.goodParts()), configurations: [] };
  t.strictSame((await judged(await buildEvidencePackage(parts), { anchor, at })).failures, [
    "configuration-missing",
    "tsa-unknown",
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
