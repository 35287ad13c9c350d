import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { sha256 } from "../../../src/core/bytes.ts";
import { archiveScene, day, judged, verifyHere } from "./archive-scene.ts";
import { copied, type Forged, forge, type Line } from "./archive-tampering.ts";

/*
 * What a dishonest owner of the server can do, who makes files, digests, manifests and signatures anew.
 */

const scene = await archiveScene(t);
for (let i = 0; i < 3; i++) {
  await scene.exchanges(2);
  scene.clock.time += day;
  if (i === 1) await scene.restart();
}
await scene.archiveUntil(scene.clock.time + day);
const { populationSeal, benefitsSeal } = scene.scene.country;

async function found(
  t: Test,
  change: (segment: Forged) => void,
  { seal = populationSeal, number = 2, time = scene.clock.time } = {},
) {
  const archive = copied(t, scene.archive);
  await forge(archive, number, seal, time, change);
  return judged(verifyHere(archive, "archive", scene.anchor, scene.clock.time));
}

/** A record of the first segment. */
function foreignRecord(): Line {
  const segment = join(scene.archive, readdirSync(scene.archive).sort()[0]!);
  const file = readdirSync(segment).find((name) => name.endsWith(".records"))!;
  return JSON.parse(readFileSync(join(segment, file), "utf8").split("\n")[0]!);
}

function base64url(text: string, change: (bytes: Buffer) => Buffer): string {
  return change(Buffer.from(text, "base64url")).toString("base64url");
}

function withTrailing(text: string): string {
  return base64url(text, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]));
}

/** Puts other bytes in the place of a certificate or response, under their own digest, wherever it is named. */
function exchanged(segment: Forged, kind: "certificates" | "ocsp", change: (der: string) => string): void {
  const line = segment.lines(kind)[0]!;
  const old = line.sha256;
  line.der = change(line.der);
  line.sha256 = sha256(Buffer.from(line.der, "base64url")).toString("base64url");
  for (const record of segment.lines("records")) {
    if (record.certificate === old) record.certificate = line.sha256;
    if (record.ocsp === old) record.ocsp = line.sha256;
  }
  segment.lines(kind).sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

function firstSpan({ manifest }: Forged): Line {
  const file = manifest.files.find(({ kind }) => kind === "records") as Line;
  return file.spans[0];
}

const depthBomb = { raw: `{"number":${"[".repeat(500_000)}${"]".repeat(500_000)}}` };

type Attack = readonly [name: string, change: (segment: Forged) => void, failures: readonly string[]];

/** Name of the attack, what is done, every failure that is found, in the order of the alphabet. */
// biome-ignore format: a table is read by its columns
const attacks: readonly Attack[] = [
  ["nothing is done", () => {}, []],
  ["a column of a record is edited", (s) => { s.lines("records")[1]!.time++; }, ["record-altered"]],
  ["the account of an exchange is edited", (s) => { const r = s.lines("records")[1]!; r.exchange = base64url(r.exchange, (b) => Buffer.from(b.toString().replace("benefits-persons", "benefits-persona"))); },
    ["digest-mismatch", "record-altered", "record-not-in-batch"]],
  ["a signature is edited", (s) => { const r = s.lines("records")[1]!; r.signature = `${r.signature.slice(0, -6)}AAAAAA`; }, ["record-altered", "record-not-in-batch", "signature-invalid"]],
  ["the digest of a head is edited", (s) => { s.lines("records")[1]!.head.sha256 = "A".repeat(43); }, ["digest-mismatch", "record-not-in-batch"]],
  ["the persons named in a record are edited", (s) => { s.lines("records")[0]!.tags = ""; }, ["batch-contradicts", "record-altered"]],
  ["two records are swapped", (s) => { s.lines("records").reverse(); }, ["batch-contradicts", "chain-contradicts", "record-misplaced"]],
  ["two records are swapped with their numbers", (s) => { const [a, b] = s.lines("records") as [Line, Line]; const number = a.number; a.number = b.number; b.number = number; s.lines("records").splice(0, 2, b, a); },
    ["batch-contradicts", "record-altered", "record-not-in-batch"]],
  ["a record of another segment stands here", (s) => { s.lines("records")[1] = foreignRecord(); }, ["batch-contradicts", "record-altered", "record-misplaced"]],
  ["a record of another segment stands here under this one's number", (s) => { const { number, chain, writer } = s.lines("records")[1]!; s.lines("records")[1] = { ...foreignRecord(), number, chain, writer }; },
    ["batch-contradicts", "record-altered", "record-contradicts"]],
  ["the last record is taken out", (s) => { s.lines("records").pop(); const span = firstSpan(s); span.last--; span.after = s.lines("records").at(-1)!.chain; s.manifest.records--; },
    ["batch-contradicts", "chain-contradicts"]],
  ["a record is taken out of the middle", (s) => { s.lines("records").splice(1, 1); firstSpan(s).last--; s.manifest.records--; }, ["batch-contradicts", "chain-contradicts", "record-misplaced"]],
  ["a token has a byte behind it", (s) => { const b = s.lines("batches")[0]!; b.token = withTrailing(b.token); }, ["evidence-malformed"]],
  ["a token is damaged", (s) => { const b = s.lines("batches")[0]!; b.token = base64url(b.token, (der) => { const copy = Buffer.from(der); copy[copy.length - 40]! ^= 1; return copy; }); }, ["token-invalid"]],
  ["a leaf is edited", (s) => { const b = s.lines("batches")[0]!; b.leaves = base64url(b.leaves, (leaves) => { const copy = Buffer.from(leaves); copy[0]! ^= 1; return copy; }); }, ["batch-contradicts", "evidence-of-another-record", "record-not-in-batch"]],
  ["the root is edited", (s) => { const b = s.lines("batches")[0]!; b.root = "A".repeat(43); s.manifest.batches = { ...s.manifest.batches, root: b.root }; }, ["batch-contradicts", "segment-replaced"]],
  ["a batch covers a document that it does not", (s) => { s.lines("batches")[0]!.documents.push({ kind: "rules", sha256: "A".repeat(43) }); }, ["batch-contradicts"]],
  ["a batch is taken out", (s) => { s.lines("batches").pop(); }, ["batch-missing", "record-contradicts"]],
  ["a batch names other records", (s) => { s.lines("batches")[0]!.spans[0].last++; }, ["batch-contradicts"]],
  ["a certificate has a byte behind it", (s) => exchanged(s, "certificates", withTrailing), ["record-altered", "record-contradicts"]],
  ["an OCSP response has a byte behind it", (s) => exchanged(s, "ocsp", withTrailing), ["ocsp-invalid", "record-altered", "record-not-in-batch"]],
  ["a digest names other bytes", (s) => { const d = s.lines("documents")[0]!; d.bytes = ""; }, ["line-malformed"]],
  ["a line is a depth bomb", (s) => { s.lines("records")[0] = depthBomb; }, ["batch-contradicts", "line-malformed", "record-altered"]],
  ["a line has a member more", (s) => { s.lines("records")[0]!.more = 1; }, ["batch-contradicts", "line-malformed", "record-altered"]],
  ["the manifest claims more records than memory has", (s) => { firstSpan(s).last = 2 ** 52; s.manifest.records = 2 ** 52; }, ["chain-contradicts", "segment-missing", "segment-unreadable"]],
  ["the manifest claims other batches", (s) => { s.manifest.batches = { ...s.manifest.batches, last: 99 }; }, ["batch-missing"]],
  ["a body's name leads out of the folder", (s) => { (s.manifest.files as unknown as Line[]).push({ kind: "body", body: "../../../etc/passwd", length: 0, lines: 0, sha256: "0".repeat(64) }); }, ["chain-contradicts", "segment-missing", "segment-unreadable"]],
  ["the chain before the first record is edited", (s) => { firstSpan(s).before = "A".repeat(43); }, ["chain-contradicts", "record-altered"]],
];

for (const [name, change, failures] of attacks) {
  t.test(name, async (t) => {
    const result = await found(t, change);
    t.strictSame(result.failures, failures);
    t.equal(result.verdict, failures.length === 0 ? "valid" : "invalid");
  });
}

t.test("a manifest signed by another member is told", async (t) => {
  const result = await found(t, () => {}, { seal: benefitsSeal });
  t.strictSame(result.failures, ["segment-signer-unproven"]);
  t.match(result.details[0], /signed by DEV\/GOV\/10000003, not by DEV\/GOV\/10000001/);
});

t.test("a signature that claims to be older than the time-stamps is told", async (t) => {
  const result = await found(t, () => {}, { time: scene.clock.time - 10 * day });
  t.strictSame(result.failures, ["segment-signer-unproven"]);
  t.equal(result.details[0], "signed before its last time-stamp");
});

t.test("a chain that was closed elsewhere is told", async (t) => {
  const close = (s: Forged) => {
    s.lines("batches")[0]!.closedTips[0].number--;
  };
  const result = await found(t, close, { number: 3 });
  t.strictSame(result.failures, ["batch-contradicts", "chain-contradicts"]);
});
