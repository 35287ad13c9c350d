import { hash } from "node:crypto";
import t from "tap";
import { sha256, sha512 } from "../../../src/core/bytes.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { developmentPolicy } from "../../../src/dev/timestamp-authority.ts";
import { issueTimestampToken } from "../../../src/dev/timestamp-issue.ts";
import { buildEvidencePackage } from "../../../src/messagelog/evidence/evidence-package.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { tokenGroup } from "../../../src/messagelog/renewal/leaf-chunk.ts";
import { renewedGroup } from "../../../src/messagelog/renewal/renewal-history.ts";
import type { DigestName } from "../../../src/pki/algorithms.ts";
import {
  encodeRenewedRecord,
  type NewArchiveTimestamp,
  parseEvidenceRecord,
} from "../../../src/pki/evidence-record.ts";
import { buildHashTree, groupHash, reducedTree } from "../../../src/pki/hash-tree.ts";
import { writeAnchor } from "../../../src/trust/anchor.ts";
import { EvidenceScene, type FrozenMessage, hour, type StampChanges } from "../evidence-scene.ts";
import { judged } from "../evidence-tampering.ts";

/* Renewed evidence in a package, as `sealway verify` judges it by the configurations that the package brings. */

const year = 365 * 24 * hour;
const scene = await EvidenceScene.start(t);
const anchor = writeAnchor(scene.published.authority.anchor);
const { ca } = scene.country;
const shortLived = ca.issueTimestamping({ notAfter: scene.now + year });
const longLived = ca.issueTimestamping({ notAfter: scene.now + 5 * year });

/** A record over the message, stamped first by an authority whose certificate ends in a year. */
function firstGeneration(message: FrozenMessage): NewArchiveTimestamp {
  const der = scene.evidence([message.file, message.exchange, message.head], { tsa: shortLived });
  return parseEvidenceRecord(der).chains[0]!.timestamps[0] as NewArchiveTimestamp;
}

/** A new time-stamp over a group, in a tree with others. */
function archived(group: readonly Buffer[], digest: DigestName, changes: StampChanges): NewArchiveTimestamp {
  const others = [1, 2].map((i) => hash(digest, `another leaf ${i}`, "buffer"));
  const tree = buildHashTree([others[0]!, groupHash(group, digest), others[1]!], digest);
  const { tsa = longLived, genTime = scene.now } = changes;
  const imprint = { digest, value: tree.root };
  const certificates = [tsa.certificate.der];
  const token =
    digest === "sha256"
      ? scene.token(tree.root, { tsa, ...changes })
      : issueTimestampToken(
          { imprint, policy: developmentPolicy, genTime, nonce: undefined, certificates },
          tsa,
        );
  return { digest, reducedTree: reducedTree(tree, 1, group), token };
}

async function verdictAt(
  at: number,
  chainsOf: (first: NewArchiveTimestamp, message: FrozenMessage) => NewArchiveTimestamp[][],
  head: "present" | "erased" = "present",
) {
  const message = await scene.request();
  const evidenceRecord = encodeRenewedRecord(chainsOf(firstGeneration(message), message));
  const absent = { state: "erased", sha256: sha256(message.head), openings: new Map() } as const;
  const part = scene.part(message, { evidenceRecord, ...(head === "erased" && { head: absent }) });
  return judged(await buildEvidencePackage(scene.parts([part])), { anchor, at });
}

const inTime: StampChanges = { genTime: scene.now + year - 24 * hour };
const renewedBy = (changes: StampChanges) => (first: NewArchiveTimestamp) => [
  [first, archived(tokenGroup(first.token, "sha256"), "sha256", changes)],
];

t.test("a renewal made in time is told, and nothing is lost", async (t) => {
  const message = await scene.request();
  const evidenceRecord = encodeRenewedRecord(renewedBy(inTime)(firstGeneration(message)));
  const bytes = await buildEvidencePackage(scene.parts([scene.part(message, { evidenceRecord })]));
  const { verdict, findings } = await verifyPackage(bytes, { anchor, at: scene.now + 2 * year });
  t.equal(verdict, "valid");
  const told = findings.find(({ code }) => code === "evidence-renewed");
  t.equal(told?.detail, new Date(inTime.genTime!).toISOString());
});

t.test("without a renewal the same time-stamp is a finding", async (t) => {
  t.strictSame((await verdictAt(scene.now + 2 * year, (first) => [[first]])).failures, [
    "evidence-not-renewed",
  ]);
});

t.test("a renewal made too late", async (t) => {
  const late = { genTime: scene.now + year + hour };
  t.strictSame((await verdictAt(scene.now + 2 * year, renewedBy(late))).failures, ["evidence-not-renewed"]);
});

t.test("a renewal by an authority that no configuration lists", async (t) => {
  const { clock } = scene.country;
  const stranger = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:8889/" });
  const tsa = stranger.issueTimestamping({ notAfter: scene.now + 5 * year });
  const { failures } = await verdictAt(scene.now + year, renewedBy({ ...inTime, tsa, revocation: "absent" }));
  t.strictSame(failures, ["tsa-unknown"]);
});

t.test("a renewal by a revoked authority", async (t) => {
  const revocation = { status: "revoked", revokedAt: scene.now, reason: 1 } as const;
  t.strictSame((await verdictAt(scene.now + year, renewedBy({ ...inTime, revocation }))).failures, [
    "tsa-revoked",
  ]);
});

t.test("a renewal of another token", async (t) => {
  const { failures } = await verdictAt(scene.now + year, (first) => [
    [first, archived(tokenGroup(Buffer.from("another token"), "sha256"), "sha256", inTime)],
  ]);
  t.strictSame(failures, ["evidence-inconsistent"]);
});

t.test(
  "hash-tree renewal to SHA-512 verifies with the head and without it, and says what of the head is left",
  async (t) => {
    const rehashed = (first: NewArchiveTimestamp, message: FrozenMessage) => {
      const group = renewedGroup([sha512(message.file), sha512(message.exchange)], [[first]], "sha512");
      return [[first], [archived(group, "sha512", inTime)]];
    };
    for (const head of ["present", "erased"] as const) {
      const { verdict, failures, infos, warnings } = await verdictAt(scene.now + 2 * year, rehashed, head);
      t.strictSame([verdict, failures], ["valid", []]);
      t.ok(infos.includes("head-under-old-digest"));
      t.ok(warnings.includes("tsa-revocation-unproven"), "the token of this test brings no OCSP response");
    }
  },
);

t.test("hash-tree renewal over an exchange document that was exchanged meanwhile", async (t) => {
  const { failures } = await verdictAt(scene.now + year, (first, message) => {
    const group = renewedGroup([sha512(message.file), sha512("another")], [[first]], "sha512");
    return [[first], [archived(group, "sha512", inTime)]];
  });
  t.strictSame(failures, ["evidence-inconsistent"]);
});
