import { hash } from "node:crypto";
import type { Test } from "tap";
import type { Clock } from "../../../src/core/clock.ts";
import type { IssueOptions } from "../../../src/dev/ca.ts";
import { startTimestampAuthority } from "../../../src/dev/timestamp-authority.ts";
import type { EvidenceReader, RecordEvidence } from "../../../src/messagelog/evidence-reader.ts";
import { buildRenewal } from "../../../src/messagelog/renewal/build-renewal.ts";
import { type RenewalDesk, renew } from "../../../src/messagelog/renewal/renew.ts";
import type { RenewalOrder } from "../../../src/messagelog/renewal/renewal-steps.ts";
import { defaultRenewalRules } from "../../../src/messagelog/renewal/token-ages.ts";
import type { DigestName } from "../../../src/pki/algorithms.ts";
import type { Certificate } from "../../../src/pki/certificate.ts";
import { type EvidenceVerdict, verifyEvidenceRecord } from "../../../src/pki/evidence-verdict.ts";
import { obtainTimestamp } from "../../../src/pki/timestamp-client.ts";
import type { NewStore } from "../../store/scene-store.ts";
import { sampleRecord } from "../sample-record.ts";
import { sealingScene } from "../sealing-scene.ts";

export const day = 24 * 3_600_000;
export const year = 365 * day;
export const byExpiry: RenewalOrder = { method: "time-stamp", rules: defaultRenewalRules };

/**
 * A log whose time-stamps age, and authorities that take over.
 * @param newStore SQLite unless told
 */
export async function renewalScene(t: Test, newStore?: NewStore) {
  const scene = await sealingScene(t, undefined, newStore);
  let log = await scene.open();

  /** Closes the log, lets somebody else work on it, opens it again. */
  const closedDuring = async (work: () => Promise<unknown>) => {
    await log.close();
    await work();
    log = await scene.open();
  };

  /** Another authority on loopback. */
  const authority = async (options: IssueOptions = {}, ca = scene.ca) => {
    const tsa = await startTimestampAuthority({
      port: 0,
      clock: scene.clock,
      identity: ca.issueTimestamping(options),
    });
    t.teardown(() => tsa.close());
    return tsa;
  };

  /** So many records in a batch of their own. */
  const sealed = async (count: number) => {
    const records = Array.from({ length: count }, () => sampleRecord({ time: scene.clock.now() }));
    for (const record of records) await log.append(record);
    if (!(await log.sealNow())) throw new Error(log.health().sealing.failure?.reason);
    return records;
  };

  const desk = (url: string, changes: Partial<RenewalDesk> = {}): RenewalDesk => ({
    keep: (document) => log.keep(document),
    stamp: (imprint, others) =>
      obtainTimestamp(imprint, { ...scene.sources, authorities: [{ url }] }, others),
    configuration: async () => null,
    clock: scene.clock,
    reason: "expiry",
    ...changes,
  });

  const task = (order: RenewalOrder) => {
    return { order, anchors: scene.anchors.map(({ der }) => der), at: scene.clock.now() };
  };

  /** Renews by an authority, on the log as it stands. */
  const renewed = async (order: RenewalOrder, url: string, changes: Partial<RenewalDesk> = {}) => {
    const reader = scene.openReader();
    try {
      return await renew(buildRenewal(reader, task(order)), desk(url, changes));
    } finally {
      reader.close();
    }
  };

  const evidenceOf = (exchangeId: string) =>
    scene.read(async (reader: EvidenceReader) => (await reader.findExchange(exchangeId)).records[0]!);

  const verdictOf = async (exchangeId: string) => judge(await evidenceOf(exchangeId), scene);

  return { ...scene, closedDuring, authority, sealed, renewed, desk, task, evidenceOf, verdictOf };
}

export type RenewalScene = Awaited<ReturnType<typeof renewalScene>>;

/** What the verifier says of a record's evidence without its head, at the scene's time. */
export function judge(
  { signatureFile, record, sealed }: RecordEvidence,
  { anchors, clock }: { readonly anchors: readonly Certificate[]; readonly clock: Clock },
  der: Buffer = sealed!.evidenceRecord,
): EvidenceVerdict {
  const both = (digest: DigestName) => [
    hash(digest, signatureFile, "buffer"),
    hash(digest, record.exchange, "buffer"),
  ];
  const documents = {
    sha256: [...both("sha256"), record.head.sha256],
    sha384: both("sha384"),
    sha512: both("sha512"),
  };
  return verifyEvidenceRecord(der, documents, { anchors, at: clock.now() });
}

/** `valid` with the number of its time-stamps, or the findings. */
export function inWords(verdict: EvidenceVerdict): string | string[] {
  return verdict.outcome === "valid"
    ? `valid, ${verdict.timestamps.length} time-stamps`
    : verdict.findings.map(({ finding }) => finding);
}
