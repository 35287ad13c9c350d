import { generateKeyPairSync } from "node:crypto";
import { cpSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { DevelopmentCa as Ca, type DevelopmentCa } from "../../../src/dev/ca.ts";
import { issueOcspResponse } from "../../../src/dev/ocsp-issue.ts";
import { developmentPolicy } from "../../../src/dev/timestamp-authority.ts";
import { issueTimestampToken } from "../../../src/dev/timestamp-issue.ts";
import { cosignNote, formatNote, parseNote } from "../../../src/messagelog/checkpoint/signed-note.ts";
import { keepErasure } from "../../../src/messagelog/retention/erasure-statement.ts";
import { uuidText } from "../../../src/messagelog/uuid-bytes.ts";
import { certIdOf } from "../../../src/pki/ocsp-request.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { extendTimestampToken } from "../../../src/pki/timestamp-token.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { agreement, inShort, logScene, member, witnessName } from "./log-scene.ts";

const scene = await logScene(t);
const { damage, check, checkpointOf, location, clock } = scene;

// Batches 1 and 2 of a first run, then its closed chain and batch 3 of a second one, and five records without a batch.
const first = await scene.open();
await first.keep(agreement("the agreement in force"));
await scene.append(first, 120);
await first.sealNow();
await scene.append(first, 30);
await first.close();
const yesterday = join(scene.directory, "yesterday");
cpSync(location, yesterday, { recursive: true });
const second = await scene.open();
await scene.append(second, 130);
await second.sealNow();
const held = [await checkpointOf(location, "the governing authority")];
await scene.append(second, 5);
const today = join(scene.directory, "today");
cpSync(location, today, { recursive: true });

const key = (writer: number, number: number) => writer * 2 ** 32 + number;

/** What is found after a damage. */
async function found(act: Parameters<typeof damage>[1], change: Parameters<typeof check>[1] = { held }) {
  return inShort((await check(damage(today, act), change)).damages);
}

t.test("a good log has no damage", async (t) => {
  const result = await check(today, { held });
  t.strictSame(inShort(result.damages), []);
  t.match(result, {
    records: 285,
    batches: 3,
    unsealed: 5,
    contents: { readable: 285, erased: 0, withheld: 0 },
  });
  t.strictSame(result.checkpoints, [{ by: "the governing authority", size: 3, witnesses: [witnessName] }]);
  const withoutVault = await check(today, { held, vault: undefined });
  t.match(withoutVault, { damages: { length: 0 }, contents: { withheld: 285 } });
});

t.test("a record edited", async (t) => {
  const edit = (what: string) =>
    found((db) => db.exec(`UPDATE records SET ${what} WHERE key = ${key(1, 40)}`));
  t.strictSame(await edit("exchange = CAST(replace(CAST(exchange AS TEXT), 'x', 'y') AS BLOB)"), [
    "signature-wrong record 40 batch 1",
    "changed record 40 batch 1",
  ]);
  t.strictSame(await edit("time = time + 1"), ["changed record 40 batch 1"]);
  t.strictSame(await edit("member = 'DEV/GOV/9'"), ["changed record 40 batch 1"]);
  t.strictSame(await edit("tags = x''"), ["changed record 40 batch 1", "index-changed batch 1"]);
  t.strictSame(await edit("exchange_sha256 = zeroblob(32)"), [], "a digest that only sealing reads");
});

t.test("a record deleted", async (t) => {
  t.strictSame(await found((db) => db.exec(`DELETE FROM records WHERE key = ${key(1, 40)}`)), [
    "missing record 40",
  ]);
  t.strictSame(
    await found((db) => db.exec(`DELETE FROM records WHERE key BETWEEN ${key(1, 115)} AND ${key(1, 125)}`)),
    ["missing record 115-125"],
  );
});

t.test("records swapped", async (t) => {
  const swap = (a: number, b: number) =>
    found((db) => {
      db.exec(`UPDATE records SET key = 1 WHERE key = ${a}`);
      db.exec(`UPDATE records SET key = ${a} WHERE key = ${b}`);
      db.exec(`UPDATE records SET key = ${b} WHERE key = 1`);
    });
  t.strictSame(await swap(key(1, 40), key(1, 90)), [
    "index-changed batch 1",
    "reordered record 40 batch 1",
    "reordered record 90 batch 1",
  ]);
  t.strictSame(await swap(key(1, 40), key(2, 40)), [
    "index-changed batch 1",
    "index-changed batch 3",
    "reordered record 40 batch 1",
    "reordered record 40 batch 3",
  ]);
  t.strictSame(
    await swap(key(2, 131), key(2, 134)),
    ["changed record 131", "changed record 134"],
    "without a batch",
  );
});

t.test("the newest hundred cut off", async (t) => {
  const cut = (first: number) => `DELETE FROM records WHERE key BETWEEN ${key(2, first)} AND ${key(2, 135)}`;
  t.strictSame(
    await found((db) => db.exec(cut(36))),
    ["cut-off record 36-130"],
    "the five without a batch leave no trace",
  );
  const withBatch = (act: string[]) => found((db) => db.exec(act.join(";")));
  const batch = ["DELETE FROM batch_spans WHERE batch = 3", "DELETE FROM batches WHERE number = 3"];
  t.strictSame(
    await withBatch([...batch, cut(36)]),
    ["cut-off record 36-130", "rolled-back batch 3"],
    "with their batch",
  );
  const closed = `DELETE FROM records WHERE key BETWEEN ${key(1, 51)} AND ${key(1, 150)}`;
  t.strictSame(await found((db) => db.exec(closed)), ["cut-off record 51-150"], "of a run that has ended");
});

t.test("a whole database restored from yesterday", async (t) => {
  const { damages } = await check(yesterday, { held });
  t.strictSame(inShort(damages), ["cut-off record 1-130", "rolled-back batch 3"]);
  t.match(damages[1], { detail: "the log has 2 batches, the governing authority has seen 3" });
});

t.test("a forked continuation shown to another witness", async (t) => {
  const fork = await logScene(t);
  const other = await fork.open();
  await fork.append(other, 10);
  await other.sealNow();
  const seen = await fork.checkpointOf(fork.location, "a peer");
  const logKeys = [...scene.rules.logKeys, ...fork.rules.logKeys];
  const witnessKeys = [...scene.rules.witnessKeys, ...fork.rules.witnessKeys];
  const both = { held: [...held, seen], logKeys, witnessKeys };
  const { damages } = await check(today, both);
  t.strictSame(
    inShort(damages),
    ["cut-off record 1-10", "split-view batch 1"],
    "its writer is not here, either",
  );
  t.match(damages[1], { detail: "the first 1 batches are not those that a peer has seen" });
});

t.test("cosignatures and checkpoints that are forged", async (t) => {
  const { text, signatures } = parseNote(held[0]!.note);
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const forged = cosignNote(text, { name: witnessName, key: stranger }, clock.now());
  const forgedNote = formatNote({ text, signatures: [signatures[0]!, forged] });
  const one = await check(today, { held: [{ by: "x", note: forgedNote }] });
  t.match(one.damages, [{ kind: "cosignature-wrong", detail: `${witnessName}, held by x` }]);
  const unsigned = formatNote({ text, signatures: [signatures[1]!] });
  const two = await check(today, { held: [{ by: "x", note: unsigned }] });
  t.match(two.damages, [{ kind: "cosignature-wrong", detail: "x: the log did not sign it" }]);
});

t.test("batches edited or deleted", async (t) => {
  t.strictSame(await found((db) => db.exec("UPDATE batches SET root = zeroblob(32) WHERE number = 2")), [
    ...["token-other-root batch 2", "batch-changed batch 2", "link-changed batch 3", "split-view batch 3"],
  ]);
  const leaf =
    "UPDATE batches SET leaves = CAST(zeroblob(32) || substr(leaves, 33) AS BLOB) WHERE number = 1";
  t.strictSame(await found((db) => db.exec(leaf)), ["batch-changed batch 1", "changed record 1 batch 1"]);
  const node = "UPDATE batches SET upper = zeroblob(32) WHERE number = 1";
  t.strictSame(await found((db) => db.exec(node)), ["batch-changed batch 1"], "a node that is no leaf's");
  const gone = (db: Parameters<Parameters<typeof damage>[1]>[0]) => {
    db.exec("DELETE FROM batch_spans WHERE batch = 2");
    db.exec("DELETE FROM batches WHERE number = 2");
  };
  t.strictSame(await found(gone), ["batch-missing batch 2", "split-view batch 3"]);
});

t.test("documents and chain ends edited or deleted", async (t) => {
  t.strictSame(await found((db) => db.exec("UPDATE documents SET bytes = x'00'")), [
    "document-changed batch 1",
  ]);
  t.strictSame(await found((db) => db.exec("DELETE FROM documents")), ["covered-missing batch 1"]);
  t.strictSame(await found((db) => db.exec("UPDATE tips SET chain = zeroblob(32)")), [
    ...["covered-missing batch 3", "chain-end record 150"],
  ]);
  t.strictSame(await found((db) => db.exec("DELETE FROM tips")), ["covered-missing batch 3"]);
});

t.test("an OCSP response edited", async (t) => {
  const damages = await found((db) => db.exec("UPDATE ocsp_responses SET der = x'3000' WHERE id = 1"));
  t.ok(damages.includes("certificate-changed record 1 batch 1"));
  t.ok(
    damages.filter((one) => one.startsWith("changed")).length >= 280,
    "every record of it with a time-stamp",
  );
});

t.test("content that is gone or altered without an erasure", async (t) => {
  const column = "UPDATE records SET head =";
  t.strictSame(await found((db) => db.exec(`${column} x'' WHERE key = ${key(1, 7)}`)), [
    "content-missing record 7 batch 1",
  ]);
  const altered = await found((db) => db.exec(`${column} zeroblob(100) WHERE key = ${key(1, 7)}`));
  t.strictSame(altered, ["content-changed record 7 batch 1"]);
});

t.test("content that an erasure in the log covers", async (t) => {
  const own = await logScene(t);
  const log = await own.open();
  await own.append(log, 4);
  const reader = openLogReader(own.location);
  const [tip] = await reader.writers();
  reader.close();
  const { writer } = tip!;
  const seal = own.ca.issueSeal(member, "Population Register");
  const signer = new SignerPool(seal.certificate, keyOperation(seal.privateKey));
  const statement = {
    instance: "DEV",
    time: own.clock.now(),
    member,
    by: "somebody",
    reason: "asked for",
    keys: [],
  };
  await keepErasure(log, signer, { ...statement, records: [{ writer, number: 2, exchange: "of record 2" }] });
  await log.sealNow();
  const copy = own.damage(own.location, (db) => db.exec("UPDATE records SET head = x''"));
  const { damages, contents } = await own.check(copy);
  t.strictSame(
    // Contents are read side by side: they are told as they come.
    inShort(damages).toSorted(),
    [1, 3, 4].map((number) => `content-missing record ${number} batch 1`),
  );
  t.strictSame(contents, { readable: 0, erased: 1, withheld: 0, bodies: 0 });
});

t.test("a key that is destroyed without an erasure", async (t) => {
  const own = await logScene(t);
  const log = await own.open();
  await own.append(log, 1);
  await log.sealNow();
  await own.vault.destroy(await keyOf(own.location), own.clock.now());
  const { damages } = await own.check(own.location);
  t.match(damages, [{ kind: "content-missing", number: 1, detail: "its key is destroyed" }]);
  t.match(uuidText(await keyOf(own.location)), /-/);
});

async function keyOf(location: string): Promise<Buffer> {
  const reader = openLogReader(location);
  try {
    const [tip] = await reader.writers();
    for await (const [record] of reader.records({ writer: tip!.writer, first: 1, last: 1 }))
      return record!.head.keyId;
    throw new Error("there is no record");
  } finally {
    reader.close();
  }
}

/** Gives batch 1 another time-stamp. */
async function withToken(make: (root: Buffer, genTime: number) => Buffer, change = {}) {
  const reader = openLogReader(today);
  const { root, genTime } = (await reader.batch(1))!;
  reader.close();
  const token = make(root, genTime);
  return found((db) => db.prepare("UPDATE batches SET token = ? WHERE number = 1").run(token), {
    held,
    ...change,
  });
}

function tokenOf(ca: DevelopmentCa, value: Buffer, genTime: number, options = {}): Buffer {
  const tsa = ca.issueTimestamping(options);
  const imprint = { digest: "sha256" as const, value };
  const certificates = [tsa.certificate.der];
  const of = { imprint, policy: developmentPolicy, genTime, nonce: undefined, certificates };
  return issueTimestampToken(of, tsa);
}

t.test("a token from another TSA", async (t) => {
  const other = new Ca({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:1/" });
  t.strictSame(await withToken((root, genTime) => tokenOf(other, root, genTime)), ["token-foreign batch 1"]);
});

t.test("a token for another root", async (t) => {
  const made = await withToken((_, genTime) => tokenOf(scene.ca, Buffer.alloc(32), genTime));
  t.strictSame(made, ["token-other-root batch 1"]);
});

t.test("a token of a certificate that had expired", async (t) => {
  const made = await withToken((root, genTime) =>
    tokenOf(scene.ca, root, genTime, { notAfter: genTime - 1000 }),
  );
  t.strictSame(made, ["token-expired batch 1"]);
});

t.test("a token of a revoked certificate", async (t) => {
  const made = await withToken((root, genTime) => {
    const tsa = scene.ca.issueTimestamping();
    const imprint = { digest: "sha256" as const, value: root };
    const certificates = [tsa.certificate.der];
    const of = { imprint, policy: developmentPolicy, genTime, nonce: undefined, certificates };
    const certId = certIdOf(tsa.certificate, scene.ca.issuing.certificate, "sha1");
    const state = { status: "revoked", revokedAt: genTime - 3_600_000, reason: 1 } as const;
    const answer = {
      answers: [{ certId, state }],
      producedAt: genTime,
      thisUpdate: genTime,
      nonce: undefined,
    };
    const response = issueOcspResponse(
      { ...answer, nextUpdate: genTime + 3_600_000 },
      { ...scene.ca.issueOcspSigner(), sendsCertificate: "yes" },
    );
    return extendTimestampToken(issueTimestampToken(of, tsa), {
      certificates: [],
      ocspResponses: [response],
    });
  });
  t.strictSame(made, ["token-revoked batch 1"]);
});

t.test("a token that is none", async (t) => {
  t.strictSame(await withToken(() => Buffer.from("3003020100", "hex")), ["token-malformed batch 1"]);
});

t.test("time-stamps that expired and were not renewed", async (t) => {
  const at = clock.now() + 40 * 365 * 24 * 3_600_000;
  t.strictSame(
    inShort((await check(today, { held, at })).damages),
    [1, 2, 3].map((n) => `token-expired batch ${n}`),
  );
});

t.test("documents are named by their digests", async (t) => {
  const { damages } = await check(damage(today, (db) => db.exec("UPDATE documents SET bytes = x'00'")));
  t.match(damages, [{ detail: `agreement ${sha256Base64Url(Buffer.from("the agreement in force"))}` }]);
});
