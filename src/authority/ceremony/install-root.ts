import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Anchor, writeAnchor } from "../../trust/anchor.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { parseRoot, type TrustedRoot, verifyNextRoot } from "../../trust/signed-metadata.ts";
import { readNewestRoot, writeRoot } from "../repository.ts";
import { loadOnlineKeys } from "./online-keys.ts";
import type { RootProposal } from "./root-proposal.ts";

/** Where a root waits for the authority to publish it. */
const waitingFile = "next-root.json";

export interface AuthorityPlaces {
  readonly stateDir: string;
  readonly repository: string;
  readonly anchor: string;
}

/**
 * Installs the first root of an instance, and writes its anchor.
 * @throws DocumentError when too few holders have signed it, or the authority lacks a key that it names
 */
export async function installFirstRoot(
  places: AuthorityPlaces,
  { instance, purpose, next }: RootProposal,
  passphrase: string | undefined,
): Promise<Anchor> {
  const root = verified(() => parseRoot(next));
  await loadOnlineKeys(places.stateDir, [root], passphrase);
  await writeRoot(places.repository, root);
  const anchor = { instance, purpose, root: root.bytes };
  // Last: with it the authority is complete.
  await writeFileAtomically(places.anchor, writeAnchor(anchor), "public");
  return anchor;
}

/**
 * Takes the root that follows the one in force, and has it wait for the authority, which may be running.
 * @throws DocumentError when too few holders of either root have signed it, another root is in force than the holders
 *   saw, or the authority lacks a key that it names
 */
export async function installNextRoot(
  { stateDir, repository }: AuthorityPlaces,
  { current, next }: RootProposal,
  passphrase: string | undefined,
): Promise<TrustedRoot> {
  const newest = await readNewestRoot(repository);
  if (current === undefined || !readsAlike(current.bytes, newest.bytes))
    throw refused(`root ${newest.version} is in force, which is not the one that this proposal follows`);
  const root = verified(() => verifyNextRoot(newest, next));
  await loadOnlineKeys(stateDir, [root], passphrase);
  await writeFileAtomically(join(stateDir, waitingFile), root.bytes, "public");
  return root;
}

/**
 * The root that waits to follow, verified once more.
 * @returns undefined when there is none, or when it is in force already
 */
export async function readWaitingRoot(
  stateDir: string,
  current: TrustedRoot,
): Promise<TrustedRoot | undefined> {
  const path = join(stateDir, waitingFile);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  if (parseRoot(bytes).version > current.version) return verified(() => verifyNextRoot(current, bytes));
  await rm(path);
  return undefined;
}

function readsAlike(one: Buffer, other: Buffer): boolean {
  const json = (bytes: Buffer) => JSON.stringify(JSON.parse(bytes.toString("utf8")));
  return json(one) === json(other);
}

function verified<Root>(verify: () => Root): Root {
  try {
    return verify();
  } catch (cause) {
    throw refused(`too few of its holders have signed it: ${(cause as Error).message}`, cause);
  }
}

function refused(problem: string, cause?: unknown): DocumentError {
  return new DocumentError("the next root", "", problem, { cause });
}
