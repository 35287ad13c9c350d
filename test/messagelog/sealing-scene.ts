import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { sha256 } from "../../src/core/bytes.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { freePort } from "../../src/dev/free-port.ts";
import { newTrustIdentities, startTrustServices } from "../../src/dev/trust-services.ts";
import { EvidenceReader, type RecordEvidence } from "../../src/messagelog/evidence-reader.ts";
import { type DurableMessageLog, openMessageLog } from "../../src/messagelog/message-log.ts";
import type { FreshOcsp } from "../../src/messagelog/sealing.ts";
import { type KeyVault, openVault } from "../../src/messagelog/vault.ts";
import { verifyEvidenceRecord } from "../../src/pki/evidence-verdict.ts";
import type { TimestampAuthority, TimestampSources } from "../../src/pki/timestamp-client.ts";
import { type NewStore, newSqlite } from "../store/scene-store.ts";

/** A clock that stands until it is moved. */
export class ManualClock {
  time = Date.UTC(2026, 10, 22, 12);
  now(): number {
    return this.time;
  }
}

/** Timers that run when the test says so. */
export class ManualTimers {
  readonly waiting: { readonly ms: number; readonly run: () => void }[] = [];

  readonly after = (ms: number, run: () => void) => {
    const timer = { ms, run };
    this.waiting.push(timer);
    return () => {
      const at = this.waiting.indexOf(timer);
      if (at >= 0) this.waiting.splice(at, 1);
    };
  };
}

/**
 * A log in a directory of its own with real trust services on loopback.
 * @param newStore SQLite unless told
 */
export async function sealingScene(
  t: Test,
  freshOcsp: FreshOcsp = async () => Promise.reject(new Error("off")),
  newStore: NewStore = newSqlite,
) {
  const directory = mkdtempSync(join(tmpdir(), "sealway-sealing-"));
  const clock = new ManualClock();
  const responder = await freePort();
  const ca = new DevelopmentCa({ instance: "DEV", clock, ocspUrl: `http://127.0.0.1:${responder}/` });
  // Old evidence is verified years later.
  const ocsp = ca.issueOcspSigner({ notAfter: clock.time + 10 * 365 * 24 * 3_600_000 });
  const services = await startTrustServices({ ...newTrustIdentities(ca), ocsp }, clock, {
    ca: 0,
    ocsp: responder,
    tsa: 0,
  });
  const timers = new ManualTimers();
  const masterKey = createSecretKey(randomBytes(32));
  const log = await newStore(directory);
  const { location, readerModule } = log;
  const bodiesDirectory = join(directory, "bodies");
  const vault = await openVault(join(directory, "vault"), masterKey);
  const anchors = [ca.root.certificate];
  const sources: TimestampSources & { authorities: TimestampAuthority[] } = {
    authorities: [{ url: services.tsa.url }],
    anchors,
    clock,
    timeoutMs: 30_000,
    pausesMs: [],
  };
  const opened: DurableMessageLog[] = [];
  const open = async () => {
    const node = await openMessageLog({
      store: await log.open(clock),
      vault,
      readerModule,
      location,
      bodiesDirectory,
      timestampSources: () => sources,
      freshOcsp,
      clock,
      after: timers.after,
    });
    opened.push(node);
    return node;
  };
  const read = async <Result>(
    work: (reader: EvidenceReader) => Promise<Result>,
    keys: KeyVault | "no vault" = vault,
  ) => {
    const reader = new EvidenceReader(
      log.openReader(),
      keys === "no vault" ? undefined : keys,
      bodiesDirectory,
    );
    try {
      return await work(reader);
    } finally {
      reader.close();
    }
  };
  t.teardown(async () => {
    await services.close();
    for (const node of opened) await node.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    location,
    storeAgain: log.again,
    openReader: () => log.openReader(),
    bodiesDirectory,
    clock,
    ca,
    services,
    timers,
    masterKey,
    vault,
    anchors,
    sources,
    open,
    read,
  };
}

/** What the verifier says of a record's evidence. */
export function verdictOf(
  { sealed, signatureFile, record }: RecordEvidence,
  { anchors, clock }: Pick<Awaited<ReturnType<typeof sealingScene>>, "anchors" | "clock">,
): string {
  if (sealed === undefined) return "not sealed";
  const digests = { sha256: [sha256(signatureFile), sha256(record.exchange), record.head.sha256] };
  return verifyEvidenceRecord(sealed.evidenceRecord, digests, { anchors, at: clock.now() }).outcome;
}
