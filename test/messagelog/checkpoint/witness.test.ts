import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import {
  type Checkpoint,
  formatCheckpoint,
  originOf,
} from "../../../src/messagelog/checkpoint/checkpoint.ts";
import {
  countersignDiscontinuity,
  type DiscontinuityPayload,
  headText,
  signDiscontinuity,
} from "../../../src/messagelog/checkpoint/discontinuity.ts";
import { consistencyProof, leafHash, type TreeHead } from "../../../src/messagelog/checkpoint/merkle-tree.ts";
import {
  cosignatureTime,
  formatNote,
  parseNote,
  parseSignatureLines,
  publicKeyOf,
  publicKeyText,
  signNote,
} from "../../../src/messagelog/checkpoint/signed-note.ts";
import { TreeFile } from "../../../src/messagelog/checkpoint/tree-file.ts";
import { Witness } from "../../../src/messagelog/checkpoint/witness.ts";
import { formatAddCheckpoint } from "../../../src/messagelog/checkpoint/witness-request.ts";
import { respondAsWitness } from "../../../src/messagelog/checkpoint/witness-service.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { ManualClock } from "../sealing-scene.ts";

const server = "DEV/GOV/1/ss+1";
const origin = originOf(server);
const witnessName = "DEV/GOV/2/ss1";

/** A log, a fork of it behind the fifth batch, a witness and three officers, of whom the first two are registered. */
function scene(t: Test) {
  const directory = mkdtempSync(join(tmpdir(), "sealway-witness-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const clock = new ManualClock();
  const log = generateKeyPairSync("ed25519");
  const own = generateKeyPairSync("ed25519");
  const ca = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:1/" });
  const officers = ["Anna", "Boris", "Carl"].map((name) => {
    const { certificate, privateKey } = ca.issueSeal("DEV/GOV/1" as never, name);
    return new SignerPool(certificate, keyOperation(privateKey));
  });
  const registered = new Set(officers.slice(0, 2).map(({ certificate }) => certificate.fingerprint));
  const options = {
    name: witnessName,
    key: own.privateKey,
    directory: join(directory, "witness"),
    clock,
    instance: "DEV",
    logKeys: (name: string) => (name === origin ? [publicKeyOf(publicKeyText(log.publicKey))] : undefined),
    officersOf: (id: string) => (id === server ? registered : undefined),
  };
  const tree = treeOf(join(directory, "tree"), (i) => `batch ${i}`);
  const fork = treeOf(join(directory, "fork"), (i) => (i < 5 ? `batch ${i}` : `other ${i}`));
  const note = (head: TreeHead, key = log.privateKey, more: Partial<Checkpoint> = {}) => {
    const text = formatCheckpoint({ origin, heads: [], ...head, ...more });
    return formatNote({ text, signatures: [signNote(text, { name: more.origin ?? origin, key })] });
  };
  const request = (oldSize: number, size: number, of = tree) => {
    const proof = consistencyProof(Math.min(oldSize, size), size, of.read);
    return formatAddCheckpoint({ oldSize, proof, checkpoint: note(of.head(size)) });
  };
  const witness = new Witness(options);
  return { directory, clock, own, officers, options, witness, tree, fork, note, request };
}

function treeOf(path: string, leaf: (i: number) => string): TreeFile {
  const tree = new TreeFile(path);
  for (let i = 0; i < 20; i++) tree.append(leafHash(Buffer.from(leaf(i))));
  return tree;
}

t.test("a witness cosigns what extends what it knows, also after a restart", async (t) => {
  const { witness, request, options, own, clock, tree, note } = scene(t);
  const first = await witness.add(request(0, 3));
  if (first.outcome !== "cosigned") throw new Error(first.outcome);
  const { text } = parseNote(note(tree.head(3)));
  const key = { name: witnessName, key: own.publicKey };
  const [line] = parseSignatureLines(first.line);
  t.equal(cosignatureTime(text, line!, [key]), Math.floor(clock.now() / 1000) * 1000);
  t.equal(cosignatureTime(`${text}more\n`, line!, [key]), undefined, "it is over the whole text");
  t.equal(cosignatureTime(text, line!, [{ ...key, name: "another" }]), undefined, "the name counts");
  const again = new Witness(options);
  t.match(await again.add(request(3, 20)), { outcome: "cosigned" });
  t.match(await again.latest(origin), { size: 20 });
  t.match(await again.add(request(20, 20)), { outcome: "cosigned" }, "the same is cosigned anew");
});

t.test("a smaller checkpoint is refused with the size that the witness knows", async (t) => {
  const { witness, request } = scene(t);
  await witness.add(request(0, 10));
  t.strictSame(await witness.add(request(0, 9)), { outcome: "conflict", size: 10 });
  t.strictSame(await witness.add(request(9, 9)), { outcome: "conflict", size: 10 });
  t.strictSame(await witness.add(request(10, 9)), { outcome: "older than its old size" });
  t.match(await witness.latest(origin), { size: 10 });
});

t.test("a fork is refused, and both sides are kept as proof", async (t) => {
  const { witness, request, fork, options } = scene(t);
  await witness.add(request(0, 10));
  t.strictSame(await witness.add(request(10, 12, fork)), { outcome: "not an extension" });
  t.strictSame(await witness.add(request(10, 10, fork)), { outcome: "conflict", size: 10 });
  await witness.add(request(10, 10, fork));
  const conflicts = await new Witness(options).conflicts(origin);
  t.strictSame(
    conflicts.map(({ kind }) => kind),
    ["not an extension", "another root of the same size"],
    "each once, durably",
  );
  t.match(conflicts[1], { known: /^DEV/, offered: /^DEV/ });
});

t.test("a false proof is refused", async (t) => {
  const { witness, request, tree, note } = scene(t);
  await witness.add(request(0, 10));
  const proof = consistencyProof(9, 12, tree.read);
  const body = formatAddCheckpoint({ oldSize: 10, proof, checkpoint: note(tree.head(12)) });
  t.strictSame(await witness.add(body), { outcome: "not an extension" });
});

t.test("strangers and other keys are refused", async (t) => {
  const { witness, tree, note, own } = scene(t);
  const add = (checkpoint: string) => witness.add(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint }));
  t.strictSame(await add(note(tree.head(3), own.privateKey)), { outcome: "not signed by the log" });
  const unknown = note(tree.head(3), own.privateKey, { origin: "DEV/GOV/9/ss1" });
  t.strictSame(await add(unknown), { outcome: "unknown log" });
});

t.test("two requests at once cannot roll a witness back", async (t) => {
  const { witness, request } = scene(t);
  const [a, b] = await Promise.all([witness.add(request(0, 12)), witness.add(request(0, 10))]);
  t.match([a, b], [{ outcome: "cosigned" }, { outcome: "conflict", size: 12 }]);
});

t.test("a witness whose memory is damaged cosigns nothing", async (t) => {
  const { witness, request, options, directory } = scene(t);
  await witness.add(request(0, 10));
  const { readdirSync } = await import("node:fs");
  for (const name of readdirSync(options.directory)) writeFileSync(join(directory, "witness", name), "{");
  await t.rejects(new Witness(options).add(request(0, 3)), SyntaxError);
});

t.test("the interface answers with the statuses of tlog-witness", async (t) => {
  const { witness, request, fork } = scene(t);
  const call = (name: string, body: string, method = "POST") =>
    respondAsWitness(witness, {
      method,
      name,
      body: Buffer.from(body),
      query: new URLSearchParams({ origin }),
    });
  t.match(await call("latest", "", "GET"), { status: 404 });
  t.match(await call("add-checkpoint", request(0, 10)), {
    status: 200,
    body: /^\u2014 DEV\/GOV\/2\/ss1 \S+\n$/,
  });
  t.strictSame(await call("add-checkpoint", request(0, 12)), {
    ...{ status: 409, type: "text/x.tlog.size", body: "10\n" },
  });
  t.match(await call("add-checkpoint", request(10, 12, fork)), { status: 422 });
  for (const body of ["", "old 1", "old 01\n\n", "old 0\nAAAA\n\nx", `old 0\n\n${"x".repeat(70_000)}`]) {
    t.match(await call("add-checkpoint", body), { status: 400 }, body.slice(0, 20));
  }
  t.match(await call("discontinuity", "no record"), { status: 403 });
  t.match(await call("elsewhere", ""), { status: 404 });
  t.match(JSON.parse((await call("latest", "", "GET")).body), {
    size: 10,
    conflicts: [{ kind: "not an extension" }],
  });
});

t.test("a discontinuity record of two officers opens another line, once", async (t) => {
  const { witness, request, tree, fork, officers, clock } = scene(t);
  await witness.add(request(0, 10));
  const payload = (lost: TreeHead): DiscontinuityPayload => ({
    ...{ instance: "DEV", time: clock.now(), server, reason: "both disks failed" },
    lost: headText(lost),
    kept: headText(tree.head(5)),
  });
  const one = await signDiscontinuity(officers[0]!, payload(tree.head(10)));
  const denied = { code: "access_denied" };
  await t.rejects(witness.discontinue(one), denied, "one officer");
  await t.rejects(witness.discontinue(Buffer.concat([one, one])), denied, "one officer twice");
  await t.rejects(
    witness.discontinue(await countersignDiscontinuity(officers[2]!, one)),
    denied,
    "no officer",
  );
  const altered = await signDiscontinuity(officers[1]!, { ...payload(tree.head(10)), reason: "another" });
  await t.rejects(witness.discontinue(Buffer.concat([one, altered])), denied, "two statements");
  const foreign = await signDiscontinuity(officers[0]!, { ...payload(tree.head(10)), instance: "EE" });
  const elsewhere = await countersignDiscontinuity(officers[1]!, foreign);
  await t.rejects(witness.discontinue(elsewhere), { code: "malformed_statement" }, "another instance");
  const tooOld = await signDiscontinuity(officers[0]!, payload(tree.head(9)));
  const behind = await witness.discontinue(await countersignDiscontinuity(officers[1]!, tooOld));
  t.strictSame(behind, { outcome: "conflict", size: 10 }, "it must name what is lost");
  const record = await countersignDiscontinuity(officers[1]!, one);
  t.strictSame(await witness.discontinue(record), { outcome: "kept" });
  t.match(await witness.latest(origin), {
    size: 5,
    checkpoint: null,
    discontinuities: [record.toString("latin1")],
  });
  t.match(await witness.add(request(5, 12, fork)), { outcome: "cosigned" });
  t.strictSame(await witness.discontinue(record), { outcome: "kept" }, "sent again it changes nothing");
  t.match(await witness.latest(origin), { size: 12, discontinuities: [record.toString("latin1")] });
});
