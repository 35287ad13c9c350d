import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { authorityName, originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { publicKeyOf, publicKeyText } from "../messagelog/checkpoint/signed-note.ts";
import { Witness } from "../messagelog/checkpoint/witness.ts";
import { DocumentError } from "../trust/document-error.ts";
import type { Registry } from "./registry.ts";

export interface WitnessPlace {
  readonly stateDir: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly passphrase: string | undefined;
}

/** The authority as a witness of the servers' logs. */
export interface WitnessedLogs {
  readonly witness: Witness;
  /** As the configuration publishes it. */
  readonly publicKey: string;
  /** Takes over the servers of a registry. */
  update(registry: Registry): void;
}

/** Opens the authority's witness; its key is made when there is none. It outlives the keys that a root names. */
export async function openWitness(place: WitnessPlace): Promise<WitnessedLogs> {
  const { stateDir, instance, clock, passphrase } = place;
  const key = await loadOrCreateKey(join(stateDir, "witness-key.pem"), passphrase);
  const keys = new Map<string, readonly KeyObject[]>();
  const officers = new Map<string, ReadonlySet<string>>();
  const witness = new Witness({
    ...{ name: authorityName(instance), key, clock, instance },
    directory: join(stateDir, "witness"),
    logKeys: (origin) => keys.get(origin),
    officersOf: (server) => officers.get(server),
  });
  const update = (registry: Registry) => {
    keys.clear();
    officers.clear();
    for (const [i, { id, logKeys = [] }] of registry.document.servers.entries()) {
      keys.set(originOf(id), logKeys.map(publicKeyOf));
      officers.set(id, new Set(registry.officers[i]!.map(({ fingerprint }) => fingerprint)));
    }
  };
  return { witness, publicKey: publicKeyText(key), update };
}

/** Of a demonstration it may stand in clear, as the other keys of an authority. */
async function loadOrCreateKey(path: string, passphrase: string | undefined): Promise<KeyObject> {
  const pem = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (pem === undefined) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const encryption = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
    const made = privateKey.export({ type: "pkcs8", format: "pem", ...encryption });
    await writeFile(path, made, { mode: 0o600, flag: "wx" });
    return privateKey;
  }
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    throw new DocumentError(path, "", `not a key that can be used: ${(cause as Error).message}`, { cause });
  }
}
