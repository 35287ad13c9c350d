import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { type Anchor, writeAnchor } from "../trust/anchor.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import { DocumentError } from "../trust/document-error.ts";
import type { InstancePurpose } from "../trust/global-configuration.ts";
import { verifyNextRoot } from "../trust/signed-metadata.ts";
import { readNewestRoot, writeRoot } from "./repository.ts";
import { retireCatalogueKey } from "./services/catalogue-keys.ts";
import { type SignedFile, signRoot } from "./sign-metadata.ts";
import { createKeys, loadKey, loadKeys, type OnlineRole, onlineRoles, type RoleKey } from "./signing-keys.ts";

/*
 * The directory of an authority:
 *   anchor.json            given to every server by hand
 *   catalogue-key.pem      countersigns acts on services; catalogue-old-keys.json: public parts of those that did
 *   keys/{root version}/   what the running authority signs with
 *   root-keys/{version}/   what signs a change of keys: to be moved to a safe place, each to another person
 *   repository/            what is served, and what mirrors copy
 */

export interface NewAuthority {
  readonly stateDir: string;
  readonly instance: string;
  readonly purpose: InstancePurpose;
  readonly clock: Clock;
  /** Encrypts the keys; compulsory in production. */
  readonly passphrase?: string | undefined;
}

const rootKeyNames = ["root-1", "root-2", "root-3"] as const;

export function repositoryDirectory(stateDir: string): string {
  return join(stateDir, "repository");
}

export function anchorPath(stateDir: string): string {
  return join(stateDir, "anchor.json");
}

/**
 * Makes the keys, the first root and the anchor of a new authority.
 * @throws DocumentError when there is one already, or when production keys would lie in clear
 */
export async function initAuthority(options: NewAuthority): Promise<Anchor> {
  const { stateDir, instance, purpose, clock, passphrase } = options;
  if (await isInitialised(stateDir))
    throw new DocumentError(stateDir, "", "has the keys of an authority already");
  if (purpose === "production" && passphrase === undefined) {
    throw new DocumentError(stateDir, "", "the keys of a production authority need a passphrase");
  }
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const root = await createRoot(stateDir, 1, clock, passphrase, []);
  await writeRoot(repositoryDirectory(stateDir), root);
  const anchor = { instance, purpose, root: root.bytes };
  // Last: with it the authority is complete.
  await writeFileAtomically(anchorPath(stateDir), writeAnchor(anchor), "public");
  return anchor;
}

/** Whether there is an authority in this directory. */
export async function isInitialised(stateDir: string): Promise<boolean> {
  return access(anchorPath(stateDir)).then(
    () => true,
    () => false,
  );
}

/**
 * Replaces every key: the next root is signed by the old root keys and by the new ones, so that servers follow.
 * The authority must not be running; when it starts again it signs everything anew.
 * @param oldRootKeys the directory with the root keys in use, or enough of them
 * @returns the version of the new root
 * @throws DocumentError when the old root keys do not suffice
 */
export async function rotateKeys(
  stateDir: string,
  oldRootKeys: string,
  clock: Clock,
  passphrase: string | undefined,
): Promise<number> {
  const current = await readNewestRoot(repositoryDirectory(stateDir));
  const old = await loadKeys(oldRootKeys, passphrase);
  const root = await createRoot(stateDir, current.version + 1, clock, passphrase, old);
  try {
    verifyNextRoot(current, root.bytes);
  } catch (cause) {
    throw new DocumentError(oldRootKeys, "", "not the root keys in use, or too few of them", { cause });
  }
  await writeRoot(repositoryDirectory(stateDir), root);
  await retireCatalogueKey(stateDir, passphrase);
  return root.version;
}

/** The keys with which the authority signs under this root. */
export async function loadOnlineKeys(
  stateDir: string,
  rootVersion: number,
  passphrase: string | undefined,
): Promise<Record<OnlineRole, RoleKey>> {
  const directory = keysDirectory(stateDir, "keys", rootVersion);
  const [targets, snapshot, timestamp] = await Promise.all(
    onlineRoles.map((role) => loadKey(join(directory, `${role}.pem`), passphrase)),
  );
  return { targets: targets!, snapshot: snapshot!, timestamp: timestamp! };
}

/** Where the root keys of this version are made. */
export function rootKeysDirectory(stateDir: string, rootVersion: number): string {
  return keysDirectory(stateDir, "root-keys", rootVersion);
}

async function createRoot(
  stateDir: string,
  version: number,
  clock: Clock,
  passphrase: string | undefined,
  previous: readonly RoleKey[],
): Promise<SignedFile> {
  const rootKeys = await createKeys(rootKeysDirectory(stateDir, version), rootKeyNames, passphrase);
  const online = await createKeys(keysDirectory(stateDir, "keys", version), onlineRoles, passphrase);
  return signRoot(version, clock.now(), { root: Object.values(rootKeys), online }, previous);
}

function keysDirectory(stateDir: string, kind: "keys" | "root-keys", rootVersion: number): string {
  return join(stateDir, kind, String(rootVersion));
}
