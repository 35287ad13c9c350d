import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { type MemberId, unsafeId } from "../../../src/core/ids.ts";
import { BodyInMemory } from "../../../src/exchange/body-in-memory.ts";
import type { DurableMessageLog } from "../../../src/messagelog/message-log.ts";
import type { MessageRecord, RecordRetention } from "../../../src/messagelog/message-record.ts";
import type { StoredRecord } from "../../../src/messagelog/message-store.ts";
import { RetentionOffice } from "../../../src/messagelog/retention/retention-office.ts";
import type { RetentionTools } from "../../../src/messagelog/retention/retention-tools.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import type { NewStore } from "../../store/scene-store.ts";
import { type SampleOptions, sampleRecord } from "../sample-record.ts";
import { sealingScene } from "../sealing-scene.ts";

export const day = 24 * 3_600_000;
export const owner = unsafeId<MemberId>("DEV/GOV/10000001");
export const guest = unsafeId<MemberId>("DEV/COM/30000001");
export const retention: RecordRetention = {
  head: { name: "heads", keepDays: 30, graceDays: 5 },
  body: { name: "bodies", keepDays: 10, graceDays: 5 },
};

export interface KeptOptions extends Partial<SampleOptions> {
  readonly retention?: RecordRetention;
  readonly body?: Buffer;
  readonly client?: string;
  readonly service?: string;
}

/**
 * A log with a retention office that signs as its members.
 * @param newStore SQLite unless told
 */
export async function retentionScene(t: Test, newStore?: NewStore, changes: Partial<RetentionTools> = {}) {
  const scene = await sealingScene(t, undefined, newStore);
  const { ca, clock, openReader, bodiesDirectory } = scene;
  const signers = new Map(
    [owner, guest].map((member) => {
      const { certificate, privateKey } = ca.issueSeal(member, "Agency");
      return [member as string, new SignerPool(certificate, keyOperation(privateKey))];
    }),
  );
  const officeOf = (log: DurableMessageLog) =>
    new RetentionOffice({
      ...{ instance: "DEV", owner, log, clock, ...log.content },
      openReader,
      signerOf: (member) => signers.get(member)!,
      periodOf: () => undefined,
      isServed: (member) => member === owner,
      trustedTime: async () => clock.now(),
      countTold: async (_, held) => held.length,
      ...changes,
    });
  const log = await scene.open();
  /** Appends a record of the clock's time, and tells its exchange id. */
  const keep = async (options: KeptOptions = {}): Promise<string> => {
    const record = keptRecord(clock.now(), options);
    await log.append(record);
    return record.exchangeId;
  };
  const stored = async (exchangeId: string): Promise<StoredRecord> => {
    const reader = openReader();
    try {
      return (await reader.find(exchangeId))[0]!;
    } finally {
      reader.close();
    }
  };
  /** What is left of head and body. */
  const left = (exchangeId: string) =>
    scene.read(async (reader) => {
      const [one] = (await reader.findExchange(exchangeId)).records;
      return `${one!.head.state} ${(await reader.bodyOf(one!.record)).state}`;
    });
  const bodyFiles = () =>
    existsSync(bodiesDirectory)
      ? readdirSync(bodiesDirectory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
      : [];
  const office = officeOf(log);
  return {
    ...scene,
    log,
    office,
    officeOf,
    keep,
    stored,
    left,
    bodyFiles,
    vaultPath: join(scene.directory, "vault"),
  };
}

function keptRecord(time: number, options: KeptOptions): MessageRecord {
  const { body, client, service, ...sample } = options;
  const record = sampleRecord({ time, member: owner, ...sample });
  const account = {
    id: record.exchangeId,
    client: client ?? `${owner}/benefits`,
    service: { id: service ?? `${guest}/x/y` },
  };
  return {
    ...record,
    exchange: Buffer.from(JSON.stringify(account)),
    retention: options.retention ?? retention,
    ...(body && { body: new BodyInMemory(body, "sha512") }),
  };
}
