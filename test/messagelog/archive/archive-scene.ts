import { createPublicKey, createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256, toBase64Url } from "../../../src/core/bytes.ts";
import { type ExchangeId, memberOf, unsafeId } from "../../../src/core/ids.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { issueCertificate } from "../../../src/dev/certificate-issue.ts";
import { startTimestampAuthority } from "../../../src/dev/timestamp-authority.ts";
import { ContextKeeper } from "../../../src/exchange/context-keeper.ts";
import { archiveLog } from "../../../src/messagelog/archive/archive-log.ts";
import type { Extent } from "../../../src/messagelog/archive/judge-sequence.ts";
import { newestConfiguration, verifyArchive } from "../../../src/messagelog/archive/verify-archive.ts";
import { RecordsVerifier } from "../../../src/messagelog/archive/verify-records.ts";
import type { ArchiveSource } from "../../../src/messagelog/archive/write-segment.ts";
import { openMessageLog } from "../../../src/messagelog/message-log.ts";
import type { MessageRecord } from "../../../src/messagelog/message-record.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import { oids } from "../../../src/pki/oids.ts";
import { generatePrivateKey, keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { parseAnchor, writeAnchor } from "../../../src/trust/anchor.ts";
import { type NewStore, newSqlite } from "../../store/scene-store.ts";
import { agreement, description, EvidenceScene, type FrozenMessage, hour } from "../evidence-scene.ts";

export const day = 24 * hour;

/**
 * The log of a provider's server with real signatures and time-stamps, and what archives and verifies it.
 * @param newStore SQLite unless told
 */
export async function archiveScene(
  t: { teardown(close: () => unknown): void },
  newStore: NewStore = newSqlite,
) {
  const scene = await EvidenceScene.start(t);
  const { clock } = scene.country;
  const state = mkdtempSync(join(tmpdir(), "sealway-archive-"));
  const store = await newStore(state);
  const { location, readerModule } = store;
  const masterKey = createSecretKey(randomBytes(32));
  const vault = await openVault(join(state, "vault"), masterKey);
  const authority = async (days: number) => {
    const tsa = await startTimestampAuthority({
      port: 0,
      clock,
      identity: await timestampingIdentity(scene, days),
    });
    t.teardown(() => tsa.close());
    return tsa.url;
  };
  let url = await authority(30);
  const open = async () =>
    openMessageLog({
      store: await store.open(clock),
      vault,
      bodiesDirectory: join(state, "bodies"),
      readerModule,
      location,
      timestampSources: () => ({
        authorities: [{ url }],
        anchors: [scene.country.ca.issuing.certificate],
        clock,
        timeoutMs: 30_000,
        pausesMs: [],
      }),
      freshOcsp: async (certificate) => ({ der: scene.ocspOf(certificate), thisUpdate: scene.now }),
      clock,
      after: () => () => {},
    });
  let log = await open();
  t.teardown(async () => {
    await log.close();
    rmSync(state, { recursive: true, force: true });
  });
  const digested = (bytes: Buffer) => ({ sha256: toBase64Url(sha256(bytes)), bytes });
  const anchor = writeAnchor(scene.published.authority.anchor);
  const directory = join(state, "archive");
  return {
    scene,
    clock,
    state,
    location,
    storeAgain: store.again,
    openReader: () => store.openReader(),
    vault,
    anchor,
    archive: directory,
    get log() {
      return log;
    },
    /** From now on another authority stamps, whose certificate is valid for so many days. */
    async changeAuthority(days: number) {
      url = await authority(days);
      return url;
    },
    /** Ends the run and begins another one: a writer of its own. */
    async restart() {
      await log.close();
      log = await open();
    },
    /** Makes, records and seals so many exchanges. @param changes of the requests @returns their ids */
    async exchanges(count: number, changes: Partial<MessageRecord> = {}): Promise<ExchangeId[]> {
      await new ContextKeeper(log).keep(scene.configuration, digested(description), digested(agreement));
      const ids: ExchangeId[] = [];
      const ocsp = new Map<Identity, Buffer>();
      for (let i = 0; i < count; i++) {
        const id = unsafeId<ExchangeId>(uuidV7(scene.now));
        const document = { id, conversation: id };
        const request = await scene.request({ document });
        const response = await scene.response(request, { document });
        await log.append({ ...recordOf(scene, request, "received", ocsp), ...changes });
        await log.append(recordOf(scene, response, "sent", ocsp));
        ids.push(id);
      }
      if (!(await log.sealNow())) throw new Error(log.health().sealing.failure?.reason);
      return ids;
    },
    /** Archives what was sealed before a time. @returns the names of the new segments */
    async archiveUntil(
      until: number,
      target = directory,
      changes: Partial<ArchiveSource> = {},
      seal: Identity = scene.country.populationSeal,
    ): Promise<string[]> {
      const reader = store.openReader();
      const signer = new SignerPool(seal.certificate, keyOperation(seal.privateKey));
      const source = {
        log: reader,
        instance: "DEV",
        server: unsafeId<ArchiveSource["server"]>("DEV/GOV/10000001/ss1"),
        anchor,
        bodies: join(state, "bodies"),
        ...changes,
      };
      const names: string[] = [];
      try {
        for await (const { name } of archiveLog(source, { directory: target, signer, clock }, until))
          names.push(name);
        return names;
      } finally {
        reader.close();
      }
    },
    verify(target = directory, extent: Extent = "archive") {
      return verifyHere(target, extent, anchor, scene.now);
    },
  };
}

/** Verifies without threads. */
export function verifyHere(directory: string, extent: Extent, anchor: Buffer, at: number) {
  return verifyArchive(directory, extent, {
    anchor,
    at,
    judges: (given) => {
      const parsed = given.anchor && parseAnchor(given.anchor);
      const verifier = newestConfiguration(given.last, parsed).then(
        (newest) => new RecordsVerifier(parsed, newest, at),
      );
      return {
        judge: async (segment, file, provenAt) => (await verifier).judge(segment, file, provenAt),
        width: 1,
      };
    },
    progress: () => undefined,
  });
}

/** The verdict, and the distinct codes of its failures and warnings, in order of the alphabet. */
export async function judged(verdict: ReturnType<typeof verifyHere>) {
  const { findings, ...rest } = await verdict;
  const codes = (severity: string) =>
    [...new Set(findings.filter((one) => one.severity === severity).map(({ code }) => code))].sort();
  const failures = findings.filter(({ severity }) => severity === "failure");
  return {
    verdict: rest.verdict,
    archive: rest.archive,
    counts: rest.counts,
    failures: codes("failure"),
    warnings: codes("warning"),
    infos: codes("info"),
    places: failures.map(({ place }) => place),
    details: failures.map(({ detail }) => detail),
  };
}

/** A TSA that names no OCSP responder: there is none here. */
async function timestampingIdentity(scene: EvidenceScene, days: number): Promise<Identity> {
  const { issuing, root } = scene.country.ca;
  const privateKey = await generatePrivateKey();
  const template = {
    subject: { countryName: "EU", organizationName: "Time", commonName: "TSA" },
    publicKey: createPublicKey(privateKey),
    notBefore: scene.now - hour,
    notAfter: scene.now + days * day,
    keyUsage: ["digitalSignature"] as const,
    extendedKeyUsage: { critical: "critical" as const, oids: [oids.timeStamping] },
  };
  const certificate = issueCertificate(template, issuing);
  return { certificate, privateKey, chain: [issuing.certificate, root.certificate] };
}

function recordOf(
  scene: EvidenceScene,
  message: FrozenMessage,
  direction: MessageRecord["direction"],
  responses: Map<Identity, Buffer>,
): MessageRecord {
  const { document, exchange, head, compact, signer } = message;
  const ocsp = responses.get(signer) ?? scene.ocsp(signer.certificate);
  responses.set(signer, ocsp);
  const isRequest = document.type === "request";
  return {
    exchangeId: document.id,
    direction,
    type: isRequest ? "request" : "response",
    member: memberOf(document.service.id),
    time: scene.now,
    exchange,
    head,
    subjects: isRequest
      ? [{ role: "asked-about", scheme: "urn:sealway:dev:person", value: "38001010000" }]
      : [],
    signature: compact,
    certificate: {
      sha256: signer.certificate.fingerprint,
      der: signer.certificate.der,
      issuerDer: signer.chain[0]!.der,
    },
    ocsp: { sha256: toBase64Url(sha256(ocsp)), der: ocsp, thisUpdate: scene.now - hour },
    guard: {
      role: "provider",
      server: unsafeId("DEV/GOV/10000003/ss2"),
      effect: isRequest ? "open" : "close",
      digest: sha256(compact),
      expires: scene.now + 60_000,
    },
  };
}
