import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { authorityName, originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { publicKeyOf, publicKeyText } from "../messagelog/checkpoint/signed-note.ts";
import { Witness } from "../messagelog/checkpoint/witness.ts";
import { loadOrCreateEd25519Key } from "./ed25519-key-file.ts";
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
  const key = await loadOrCreateEd25519Key(join(stateDir, "witness-key.pem"), passphrase);
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
