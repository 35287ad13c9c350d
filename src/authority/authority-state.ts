import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { type Anchor, loadAnchor } from "../trust/anchor.ts";
import { DocumentError } from "../trust/document-error.ts";
import type { InstancePurpose } from "../trust/global-configuration.ts";
import { type AuthorityPlaces, installFirstRoot, installNextRoot } from "./ceremony/install-root.ts";
import { createOnlineKeys } from "./ceremony/online-keys.ts";
import { readRootContent } from "./ceremony/root-content.ts";
import { proposeRoot, type RootProposal, usualThreshold } from "./ceremony/root-proposal.ts";
import { combineSignatures, signProposal } from "./ceremony/root-signature.ts";
import { readNewestRoot } from "./repository.ts";
import { retireCatalogueKey } from "./services/catalogue-keys.ts";
import {
  createKeys,
  loadKeys,
  type OnlineRole,
  onlineRoles,
  type PublicRoleKey,
  type RoleKey,
} from "./signing-keys.ts";

/*
 * The directory of an authority:
 *   anchor.json            given to every server by hand
 *   catalogue-key.pem      countersigns acts on services; catalogue-old-keys.json: public parts of those that did
 *   keys/{root version}/   what the running authority signs with, where that root brought new ones
 *   root-keys/{version}/   what signs a change of keys, when it was made here: to be moved to a safe place, each to
 *                          another person
 *   next-root.json         a root that waits to be published
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
  const { stateDir, passphrase } = options;
  await checkMayInit(stateDir, options.purpose, passphrase);
  const rootKeys = await createRootKeys(stateDir, 1, options);
  const holders = { holders: rootKeys, threshold: usualThreshold };
  const proposal = await proposeFirstRoot(options, holders);
  return installFirstRoot(placesOf(stateDir), signedBy(proposal, rootKeys), passphrase);
}

/** Who will hold a root, and how many of them must sign. */
export interface Holders {
  readonly holders: readonly PublicRoleKey[] | undefined;
  readonly threshold: number | undefined;
}

/**
 * Makes the online keys of a new authority and proposes its first root, which its holders are to sign.
 * @throws DocumentError when there is one already, or when production keys would lie in clear
 */
export async function proposeFirstRoot(
  { stateDir, instance, purpose, clock, passphrase }: NewAuthority,
  holders: Holders,
): Promise<RootProposal> {
  await checkMayInit(stateDir, purpose, passphrase);
  const online = await createOnlineKeys(stateDir, 1, onlineRoles, passphrase);
  return proposeRoot({ instance, purpose, current: undefined }, { online, ...holders }, clock.now());
}

/**
 * Makes new keys for some roles and proposes the root that names them.
 * @throws DocumentError
 */
export async function proposeNextRoot(
  stateDir: string,
  { replaced, ...holders }: Holders & { readonly replaced: readonly OnlineRole[] },
  clock: Clock,
  passphrase: string | undefined,
): Promise<RootProposal> {
  const { instance, purpose } = await loadAnchor(anchorPath(stateDir));
  if (purpose === "production" && passphrase === undefined) throw inClear(stateDir);
  const current = await readNewestRoot(repositoryDirectory(stateDir));
  const online = await createOnlineKeys(stateDir, current.version + 1, replaced, passphrase);
  return proposeRoot({ instance, purpose, current }, { online, ...holders }, clock.now());
}

export function placesOf(stateDir: string): AuthorityPlaces {
  return { stateDir, repository: repositoryDirectory(stateDir), anchor: anchorPath(stateDir) };
}

async function checkMayInit(
  stateDir: string,
  purpose: InstancePurpose,
  passphrase: string | undefined,
): Promise<void> {
  if (await isInitialised(stateDir))
    throw new DocumentError(stateDir, "", "has the keys of an authority already");
  if (purpose === "production" && passphrase === undefined) throw inClear(stateDir);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
}

function inClear(stateDir: string): DocumentError {
  return new DocumentError(stateDir, "", "the keys of a production authority need a passphrase");
}

/** Whether there is an authority in this directory. */
export async function isInitialised(stateDir: string): Promise<boolean> {
  return access(anchorPath(stateDir)).then(
    () => true,
    () => false,
  );
}

/**
 * Replaces every key: the next root is signed by the old root keys and by the new ones, so that servers follow. The
 * authority publishes it when it runs; its key for acts on services changes when it starts again.
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
  const rootKeys = await createRootKeys(stateDir, current.version + 1, { passphrase });
  const change = { replaced: onlineRoles, holders: rootKeys, threshold: undefined };
  const proposal = await proposeNextRoot(stateDir, change, clock, passphrase);
  const held = new Set(readRootContent(current.bytes).roles.root.keys.map(({ id }) => id));
  const usable = old.filter(({ id }) => held.has(id));
  try {
    await installNextRoot(placesOf(stateDir), signedBy(proposal, [...usable, ...rootKeys]), passphrase);
  } catch (cause) {
    throw new DocumentError(oldRootKeys, "", "not the root keys in use, or too few of them", { cause });
  }
  await retireCatalogueKey(stateDir, passphrase);
  return current.version + 1;
}

/** Where the root keys of this version are made. */
export function rootKeysDirectory(stateDir: string, rootVersion: number): string {
  return join(stateDir, "root-keys", String(rootVersion));
}

async function createRootKeys(
  stateDir: string,
  version: number,
  { passphrase }: Pick<NewAuthority, "passphrase">,
): Promise<readonly RoleKey[]> {
  return Object.values(await createKeys(rootKeysDirectory(stateDir, version), rootKeyNames, passphrase));
}

function signedBy(proposal: RootProposal, keys: readonly RoleKey[]): RootProposal {
  return combineSignatures(
    proposal,
    keys.map((key) => [key.id, signProposal(proposal, key)]),
  );
}
