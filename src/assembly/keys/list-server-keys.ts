import { systemClock } from "../../core/clock.ts";
import { type SealClass, sealClassOf } from "../../pki/seal-class.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { isSettled, readChoice } from "./key-choice.ts";
import { listKeys } from "./key-folder.ts";
import { keysWithCertificates, slotOf } from "./keys-in-use.ts";
import { askForKeys, type ToldKey } from "./order-keys.ts";

/** A key of a server, in words. */
export interface ListedKey {
  readonly slot: string;
  readonly name: string;
  readonly state: string;
  /** ISO 8601. */
  readonly ends: string | null;
  readonly ocsp: string | null;
  readonly fingerprint: string | null;
  /** The kind of seal that it makes, by the word of its CA; null for keys that make none. */
  readonly class: SealClass | null;
}

/** Every key of a server, those with a certificate first; the running server knows how these stand. */
export async function listServerKeys(configuration: ServerConfiguration): Promise<ListedKey[]> {
  const seals = await keysWithCertificates(configuration, ["seal"]);
  const classes = new Map(seals.map((key) => [key.certificate.fingerprint, sealClassOf(key.certificate)]));
  const keys = [...(await certified(configuration)), ...(await uncertified(configuration))];
  return keys.map((key) => ({ ...key, class: classes.get(key.fingerprint ?? "") ?? null }));
}

type Unclassed = Omit<ListedKey, "class">;

async function certified(configuration: ServerConfiguration): Promise<Unclassed[]> {
  const told = await askForKeys(configuration);
  if (told !== undefined) return told.map(listedOf);
  const { used } = await readChoice(configuration.keysDirectory);
  const keys = await keysWithCertificates(configuration);
  return keys.map(({ name, slot, certificate: { notAfter, fingerprint } }) => {
    const state = used[slot] === name ? "used when the server ran" : "the server is not running";
    return { slot, name, state, ends: day(notAfter), ocsp: null, fingerprint };
  });
}

function listedOf({ slot, name, notAfter, ocsp, fingerprint, ...standing }: ToldKey): Unclassed {
  return { slot, name, state: stateOf(standing), ends: day(notAfter), ocsp: ocsp ?? null, fingerprint };
}

function stateOf({
  isUsed,
  problem,
  listedSince,
}: Pick<ToldKey, "isUsed" | "problem" | "listedSince">): string {
  if (isUsed) return problem === undefined ? "used" : `used, though ${problem}`;
  if (problem !== undefined) return `not usable: ${problem}`;
  return isSettled(listedSince, systemClock.now()) ? "ready" : "ready when every server has learnt of it";
}

async function uncertified({ keysDirectory }: ServerConfiguration): Promise<Unclassed[]> {
  const keys = (await listKeys(keysDirectory)).filter(({ certificates }) => certificates.length === 0);
  return keys.map(({ use, of, name }) => {
    const slot = slotOf(use === "seal" ? of : undefined);
    return { slot, name, state: "waits for its certificate", ends: null, ocsp: null, fingerprint: null };
  });
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
