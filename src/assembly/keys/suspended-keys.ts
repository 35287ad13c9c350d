import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SealwayError } from "../../core/errors.ts";
import type { MemberSeal } from "../../exchange/gateway-services.ts";
import { writeText } from "./key-folder.ts";

/** A key that this server uses no more, whatever else is said of it. */
export interface SuspendedKey {
  /** Since when somebody else may have used it, milliseconds. */
  readonly compromisedFrom: number;
  /** When it was suspended here, milliseconds. */
  readonly suspended: number;
}

/** By the fingerprint of the certificate. */
export type SuspendedKeys = Readonly<Record<string, SuspendedKey>>;

/** @throws SyntaxError for a file that somebody spoiled: no key is used then */
export async function readSuspended(keysDirectory: string): Promise<SuspendedKeys> {
  try {
    return JSON.parse(await readFile(suspendedFile(keysDirectory), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** Suspends a key for good: it is durable when this returns. A second word may set the time back, and never forward. */
export async function suspendKey(
  keysDirectory: string,
  fingerprint: string,
  key: SuspendedKey,
): Promise<void> {
  await mkdir(keysDirectory, { recursive: true, mode: 0o700 });
  const before = await readSuspended(keysDirectory);
  const known = before[fingerprint] ?? key;
  const compromisedFrom = Math.min(known.compromisedFrom, key.compromisedFrom);
  const all = { ...before, [fingerprint]: { ...known, compromisedFrom } };
  await writeText(suspendedFile(keysDirectory), JSON.stringify(all, undefined, 2));
}

/** @throws SealwayError `signer_unavailable` for a key that is suspended */
export function checkNotSuspended(suspended: SuspendedKeys, fingerprint: string): void {
  const found = suspended[fingerprint];
  if (found === undefined) return;
  const since = new Date(found.compromisedFrom).toISOString();
  throw new SealwayError(
    "signer_unavailable",
    `the key is suspended: it is said to be compromised since ${since}`,
  );
}

/** A seal that signs nothing any more, for a member that has no other one. */
export function suspendedSeal(seal: MemberSeal): MemberSeal {
  const refuse = () => new SealwayError("signer_unavailable", "the member's key is suspended as compromised");
  const { certificate, algorithm } = seal.signer;
  return {
    ...seal,
    signer: {
      certificate,
      algorithm,
      sign: () => Promise.reject(refuse()),
      problem: () => "it is suspended as compromised",
    },
    staple: () => {
      throw refuse();
    },
  };
}

function suspendedFile(keysDirectory: string): string {
  return join(keysDirectory, "suspended.json");
}
