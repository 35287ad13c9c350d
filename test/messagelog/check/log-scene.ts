import { generateKeyPairSync } from "node:crypto";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Test } from "tap";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { parseMemberId } from "../../../src/core/ids.ts";
import { developmentPolicy } from "../../../src/dev/timestamp-authority.ts";
import { signObjects } from "../../../src/message/signature-profile.ts";
import { BodyFiles } from "../../../src/messagelog/body-files.ts";
import type { HeldCheckpoint } from "../../../src/messagelog/check/check-checkpoints.ts";
import { checkLog, type LogCheckRules } from "../../../src/messagelog/check/check-log.ts";
import type { Damage } from "../../../src/messagelog/check/damage.ts";
import { formatCheckpoint } from "../../../src/messagelog/checkpoint/checkpoint.ts";
import { headsOf, syncTree } from "../../../src/messagelog/checkpoint/log-tree.ts";
import { cosignNote, formatNote, signNote } from "../../../src/messagelog/checkpoint/signed-note.ts";
import { TreeFile } from "../../../src/messagelog/checkpoint/tree-file.ts";
import type { DurableMessageLog } from "../../../src/messagelog/message-log.ts";
import type { MessageRecord } from "../../../src/messagelog/message-record.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import type { NewStore } from "../../store/scene-store.ts";
import { sampleRecord } from "../sample-record.ts";
import { sealingScene } from "../sealing-scene.ts";

export const member = parseMemberId("DEV/GOV/10000001");
export const origin = "DEV/GOV/10000001/ss1";
export const witnessName = "DEV/GOV/10000002/ss1";

/**
 * A log of real signatures and time-stamps, copies of which are damaged and checked.
 * @param newStore SQLite unless told
 */
export async function logScene(t: Test, newStore?: NewStore) {
  const scene = await sealingScene(t, undefined, newStore);
  const seal = scene.ca.issueSeal(member, "Population Register");
  const signer = new SignerPool(seal.certificate, keyOperation(seal.privateKey));
  const logKey = generateKeyPairSync("ed25519");
  const witnessKey = generateKeyPairSync("ed25519");
  const certificate = {
    sha256: seal.certificate.fingerprint,
    der: seal.certificate.der,
    issuerDer: seal.chain[0]!.der,
  };
  const rules: Omit<LogCheckRules, "held"> = {
    authorities: [authorityOf(scene.ca.issuing.certificate)],
    at: scene.clock.now() + 60_000,
    vault: scene.vault,
    bodies: new BodyFiles(scene.bodiesDirectory),
    logKeys: [{ name: origin, key: logKey.publicKey }],
    witnessKeys: [{ name: witnessName, key: witnessKey.publicKey }],
  };

  let people = 1000;
  /** Appends a signed record of somebody else each time. */
  async function appendOne(log: DurableMessageLog, changes: Partial<MessageRecord> = {}): Promise<void> {
    const time = scene.clock.now();
    const sample = { ...sampleRecord({ time, guard: { effect: "single" }, certificate }), ...changes };
    const { exchange, head } = sample;
    const signature = await signObjects(signer, Math.floor(time / 1000), exchange, head);
    const subjects = [{ role: "asked-about", scheme: "urn:dev:personal-code", value: `3800101${people++}` }];
    await log.append({ ...sample, signature, subjects });
  }

  /** Appends so many. */
  async function append(log: DurableMessageLog, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await appendOne(log);
  }

  /** A checkpoint of a log as it stands, cosigned. */
  async function checkpointOf(location: string, by: string): Promise<HeldCheckpoint> {
    const reader = location === scene.location ? scene.openReader() : openLogReader(location);
    const tree = new TreeFile(join(scene.directory, `tree-${by}`));
    try {
      const batch = await syncTree(tree, reader, 0);
      const text = formatCheckpoint({ origin, ...tree.head(), heads: await headsOf(batch!, reader) });
      const log = signNote(text, { name: origin, key: logKey.privateKey });
      const cosignature = cosignNote(
        text,
        { name: witnessName, key: witnessKey.privateKey },
        scene.clock.now(),
      );
      return { by, note: formatNote({ text, signatures: [log, cosignature] }) };
    } finally {
      tree.close();
      reader.close();
    }
  }

  async function check(location: string, change: Partial<LogCheckRules> = {}) {
    const reader = openLogReader(location);
    try {
      return await checkLog(reader, { ...rules, held: [], ...change });
    } finally {
      reader.close();
    }
  }

  let copies = 0;
  /** Damages a copy of a log with a connection of its own. @returns where the copy is */
  function damage(location: string, act: (database: DatabaseSync) => void): string {
    const copy = join(scene.directory, `copy-${copies++}`);
    cpSync(location, copy, { recursive: true });
    const database = new DatabaseSync(join(copy, "log.db"));
    act(database);
    database.close();
    return copy;
  }

  return { ...scene, signer, append, appendOne, checkpointOf, check, damage, rules };
}

export type LogScene = Awaited<ReturnType<typeof logScene>>;

/** An authority as the configuration lists it. */
export function authorityOf(certificate: LogCheckRules["authorities"][number]["certificate"]) {
  const history = [{ state: "granted", from: 0 }] as const;
  const authority = {
    name: "TSA",
    url: "",
    certificate: certificate.der,
    policies: [developmentPolicy],
    history,
  };
  return { authority, certificate };
}

/** A document of the log. */
export function agreement(text: string) {
  const bytes = Buffer.from(text);
  return { kind: "agreement", sha256: sha256Base64Url(bytes), bytes } as const;
}

/** Findings in short: `kind number batch`. */
export function inShort(damages: readonly Damage[]): string[] {
  return damages.map(({ kind, number, last, batch }) => {
    const record = number === undefined ? "" : ` record ${number}${last === undefined ? "" : `-${last}`}`;
    return `${kind}${record}${batch === undefined ? "" : ` batch ${batch}`}`;
  });
}
