import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { sha256, sha512 } from "../../src/core/bytes.ts";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";
import { issueTimestampToken } from "../../src/dev/timestamp-issue.ts";
import { type DigestName, writeDigestAlgorithm } from "../../src/pki/algorithms.ts";
import * as write from "../../src/pki/der-writer.ts";
import { encodeEvidenceRecord, parseEvidenceRecord } from "../../src/pki/evidence-record.ts";
import {
  type DocumentDigests,
  type EvidenceRules,
  verifyEvidenceRecord,
} from "../../src/pki/evidence-verdict.ts";
import { buildHashTree, groupHash, reducedTree } from "../../src/pki/hash-tree.ts";
import { newDirectory } from "../new-directory.ts";
import { newCa, now, openssl, writePemFile } from "./fixtures.ts";

const ca = newCa();
const tsa = ca.issueTimestamping();
const year = 365 * 24 * 3_600_000;
const laterTsa = ca.issueTimestamping({ notAfter: now + 3 * year });
const rules: EvidenceRules = { anchors: [ca.root.certificate], at: now + 1000 };
const groups = Array.from({ length: 5 }, (_, i) => [sha256(`signature ${i}`), sha256(`exchange ${i}`)]);
const tree = buildHashTree(groups.map((group) => groupHash(group)));
const group = groups[2]!;
const documents: DocumentDigests = { sha256: group };

function tokenOver(
  value: Buffer,
  digest: DigestName = "sha256",
  signer: Identity = tsa,
  genTime = now,
): Buffer {
  const certificates = [signer.certificate.der, ca.issuing.certificate.der];
  return issueTimestampToken(
    { imprint: { digest, value }, policy: "1.2.3.4", genTime, nonce: undefined, certificates },
    signer,
  );
}

const token = tokenOver(tree.root);
const record = encodeEvidenceRecord(reducedTree(tree, 2, group), token);

interface Archive {
  readonly digest?: DigestName;
  readonly lists?: readonly (readonly Buffer[])[];
  readonly token: Buffer;
}

/** Any record, also such as ours never are. */
function recordOf(digests: readonly DigestName[], ...chains: readonly (readonly Archive[])[]): Buffer {
  const sequence = chains.map((chain) => write.sequence(...chain.map(archiveOf)));
  const algorithms = digests.map(writeDigestAlgorithm);
  return write.sequence(write.integer(1), write.sequence(...algorithms), write.sequence(...sequence));
}

function archiveOf({ digest, lists, token }: Archive): Buffer {
  return write.sequence(
    ...(digest === undefined ? [] : [write.implicit(0, writeDigestAlgorithm(digest))]),
    ...(lists === undefined
      ? []
      : [write.value(0xa2, ...lists.map((list) => write.sequence(...list.map(write.octetString))))]),
    token,
  );
}

t.test("a record is valid for its group and tells since when", async (t) => {
  for (const [i, group] of groups.entries()) {
    const der = encodeEvidenceRecord(reducedTree(tree, i, group), token);
    t.match(verifyEvidenceRecord(der, { sha256: group }, rules), { outcome: "valid", provenAt: now });
  }
});

t.test("what is encoded is parsed again; sizes are those of the worked example", async (t) => {
  const parsed = parseEvidenceRecord(record);
  t.strictSame(parsed.digests, ["sha256"]);
  const lists = reducedTree(tree, 2, group);
  t.strictSame(parsed.chains[0]!.timestamps, [{ digest: "sha256", reducedTree: lists, token }]);
  const example = encodeEvidenceRecord(
    [[sha256("3d"), sha256("cd")], [sha256("be")]],
    write.sequence(Buffer.alloc(1460)),
  );
  t.equal(example.length, 1619);
});

t.test("openssl ts -verify accepts the token of a record by the root that the record folds to", async () => {
  const today = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
  const signer = today.issueTimestamping();
  const token = issueTimestampToken(
    {
      imprint: { digest: "sha256", value: tree.root },
      policy: "1.2.3.4",
      genTime: systemClock.now(),
      nonce: undefined,
      certificates: [signer.certificate.der, today.issuing.certificate.der],
    },
    signer,
  );
  const [timestamp] = parseEvidenceRecord(encodeEvidenceRecord(reducedTree(tree, 2, group), token)).chains[0]!
    .timestamps;
  const root = timestamp!
    .reducedTree!.slice(1)
    .reduce((current, list) => groupHash([...list, current]), groupHash(timestamp!.reducedTree![0]!));
  const directory = newDirectory();
  writeFileSync(join(directory, "token.der"), timestamp!.token);
  const anchors = writePemFile(directory, "root.pem", today.root.certificate);
  const digest = root.toString("hex");
  openssl(directory, "ts", "-verify", "-digest", digest, "-in", "token.der", "-token_in", "-CAfile", anchors);
});

function findingsOf(der: Buffer, digests: DocumentDigests = documents, changes: Partial<EvidenceRules> = {}) {
  const verdict = verifyEvidenceRecord(der, digests, { ...rules, ...changes });
  return verdict.outcome === "valid" ? [] : verdict.findings.map(({ finding }) => finding);
}

const lists = reducedTree(tree, 2, group);
const withToken = (other: Buffer) => encodeEvidenceRecord(lists, other);
const bare = (token: Buffer) => recordOf(["sha256"], [{ digest: "sha256", token }]);

const invalid: [string, Buffer, string[], DocumentDigests?, Partial<EvidenceRules>?][] = [
  [
    "another document",
    record,
    ["a document is not in the first list"],
    { sha256: [group[0]!, sha256("other")] },
  ],
  [
    "a document too many",
    record,
    ["a document is not in the first list"],
    { sha256: [...group, sha256("other")] },
  ],
  ["no document", record, ["a document is not in the first list"], { sha256: [] }],
  [
    "documents in another digest only",
    record,
    ["the documents are not given in this digest"],
    { sha512: [sha512("x")] },
  ],
  [
    "the record of another group",
    encodeEvidenceRecord(reducedTree(tree, 1, groups[1]!), token),
    ["a document is not in the first list"],
  ],
  ["a token over another root", withToken(tokenOver(sha256("x"))), ["the imprint is of other data"]],
  [
    "an altered sibling",
    encodeEvidenceRecord([lists[0]!, [sha256("x")], ...lists.slice(2)], token),
    ["the imprint is of other data"],
  ],
  [
    "a token of another TSA",
    withToken(tokenOver(tree.root, "sha256", newCa().issueTimestamping())),
    ["the certificate leads to no anchor"],
  ],
  [
    "a broken tree and a bad token at once",
    encodeEvidenceRecord(
      [[sha256("x"), sha256("y")]],
      tokenOver(sha256("z"), "sha256", newCa().issueTimestamping()),
    ),
    ["a document is not in the first list", "the certificate leads to no anchor"],
  ],
  [
    "a first list of one hash",
    recordOf(["sha256"], [{ lists: [[group[0]!]], token: tokenOver(groupHash(group.slice(0, 1))) }]),
    ["a first list of one hash can be read in two ways"],
    { sha256: group.slice(0, 1) },
  ],
  [
    "another digest than the token's",
    recordOf(["sha512", "sha256"], [{ digest: "sha512", lists, token }]),
    ["the time-stamp names another digest than its token", "the documents are not given in this digest"],
  ],
  [
    "a digest that is not listed",
    recordOf(["sha512"], [{ digest: "sha256", lists, token }]),
    ["the record does not list its digest"],
  ],
  ["two documents without a tree", bare(token), ["several documents have no common hash tree"]],
  ["a token that is none", withToken(write.sequence(write.integer(1))), ["the token is malformed"]],
  [
    "a TSA certificate that expired without renewal",
    record,
    ["a certificate expired before the time-stamp was renewed"],
    documents,
    { at: now + 2 * year },
  ],
  ["trailing bytes", Buffer.concat([record, Buffer.of(0)]), ["the record is malformed"]],
  ["a cut record", record.subarray(0, -1), ["the record is malformed"]],
  ["a depth bomb", Buffer.from("3080".repeat(5000), "hex"), ["the record is malformed"]],
  ["a deep bomb in definite lengths", deepBomb(200), ["the record is malformed"]],
  ["nothing", Buffer.alloc(0), ["the record is malformed"]],
  ["no chain", recordOf(["sha256"]), ["the record is malformed"]],
  ["an empty chain", recordOf(["sha256"], []), ["the record is malformed"]],
  ["an empty tree", recordOf(["sha256"], [{ lists: [], token }]), ["the record is malformed"]],
  [
    "more lists than any tree has",
    recordOf(["sha256"], [{ lists: Array(66).fill([sha256("x")]), token }]),
    ["the record is malformed"],
  ],
  [
    "encrypted documents",
    write.sequence(
      write.integer(1),
      write.sequence(writeDigestAlgorithm("sha256")),
      write.value(0xa1),
      write.sequence(),
    ),
    ["the record is malformed"],
  ],
];

function deepBomb(depth: number): Buffer {
  let der = write.integer(1);
  for (let i = 0; i < depth; i++) der = write.sequence(der);
  return der;
}

for (const [name, der, findings, digests, changes] of invalid) {
  t.test(`invalid: ${name}`, async (t) => t.strictSame(findingsOf(der, digests, changes), findings));
}

t.test("one document without a tree is under the token itself", async (t) => {
  const der = bare(tokenOver(group[0]!));
  t.match(verifyEvidenceRecord(der, { sha256: [group[0]!] }, rules), { outcome: "valid" });
});

t.test("a renewed time-stamp carries the record past the first certificate's end", async (t) => {
  const first = { digest: "sha256", lists, token } as const;
  const others = [sha256(token), sha256("another token")];
  const renewedAt = now + year / 2;
  const second = {
    digest: "sha256",
    lists: [others],
    token: tokenOver(groupHash(others), "sha256", laterTsa, renewedAt),
  } as const;
  const at = now + 2 * year;
  t.match(verifyEvidenceRecord(recordOf(["sha256"], [first, second]), documents, { ...rules, at }), {
    outcome: "valid",
    provenAt: now,
    timestamps: [{ genTime: now }, { genTime: renewedAt }],
  });
  const alone = { digest: "sha256", token: tokenOver(sha256(token), "sha256", laterTsa, renewedAt) } as const;
  t.strictSame(findingsOf(recordOf(["sha256"], [first, alone]), documents, { at }), []);
  const stranger = {
    digest: "sha256",
    token: tokenOver(sha256("x"), "sha256", laterTsa, renewedAt),
  } as const;
  t.strictSame(findingsOf(recordOf(["sha256"], [first, stranger]), documents, { at }), [
    "the imprint is of other data",
    "a certificate expired before the time-stamp was renewed",
  ]);
  const earlier = {
    digest: "sha256",
    token: tokenOver(sha256(token), "sha256", laterTsa, now - 1000),
  } as const;
  t.strictSame(findingsOf(recordOf(["sha256"], [first, earlier])), [
    "the time-stamp is older than the one before it",
  ]);
  const late = {
    digest: "sha256",
    token: tokenOver(sha256(token), "sha256", laterTsa, now + 1.5 * year),
  } as const;
  t.strictSame(findingsOf(recordOf(["sha256"], [first, late]), documents, { at }), [
    "a certificate expired before the time-stamp was renewed",
  ]);
  const value = sha512(token);
  const changed = { digest: "sha512", token: tokenOver(value, "sha512", laterTsa, renewedAt) } as const;
  t.strictSame(findingsOf(recordOf(["sha256", "sha512"], [first, changed]), documents, { at }), [
    "the digest changes within a chain",
  ]);
});

t.test("a renewed hash tree binds documents and chain under the new digest", async (t) => {
  const first = { digest: "sha256", lists, token } as const;
  const strong = [sha512("signature 2"), sha512("exchange 2")];
  const before = sha512(write.sequence(write.sequence(archiveOf(first))));
  const renewed = strong.map((document) => sha512(Buffer.concat([document, before])));
  const second = (list: readonly Buffer[]) => ({
    digest: "sha512" as const,
    lists: [list],
    token: tokenOver(groupHash(list, "sha512"), "sha512", laterTsa, now + year / 2),
  });
  const digests = { sha256: group, sha512: strong };
  const at = now + 2 * year;
  const good = recordOf(["sha256", "sha512"], [first], [second(renewed)]);
  t.strictSame(findingsOf(good, digests, { at }), []);
  t.strictSame(findingsOf(good, documents, { at }), ["the documents are not given in this digest"]);
  const unbound = recordOf(["sha256", "sha512"], [first], [second(strong)]);
  t.strictSame(findingsOf(unbound, digests, { at }), ["a document is not in the first list"]);
  const swapped = { sha256: group, sha512: [sha512("other"), strong[1]!] };
  t.strictSame(findingsOf(good, swapped, { at }), ["a document is not in the first list"]);
});

t.test("property: a changed byte never proves another time, and never another document", async () => {
  const property = fc.property(
    fc.nat(record.length - 1),
    fc.integer({ min: 1, max: 255 }),
    (position, change) => {
      const altered = Buffer.from(record);
      altered[position]! ^= change;
      const other = verifyEvidenceRecord(altered, { sha256: [group[0]!, sha256("other")] }, rules);
      const own = verifyEvidenceRecord(altered, documents, rules);
      return other.outcome === "invalid" && (own.outcome === "invalid" || own.provenAt === now);
    },
  );
  fc.assert(property, { numRuns: 150 });
});
