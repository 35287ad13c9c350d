import type { Clock } from "../../core/clock.ts";
import { repositoryDirectory } from "../authority-state.ts";
import { Repository, readNewestRoot, writeRoot } from "../repository.ts";
import { readWaitingRoot } from "./install-root.ts";
import { loadOnlineKeys } from "./online-keys.ts";

export interface RepositoryPlace {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly passphrase?: string | undefined;
}

/**
 * Opens a repository with the keys of its newest root. When those are lost and a root waits, it is in force from now on:
 * servers find nothing that verifies until all is signed anew, and use what they have.
 * @throws DocumentError when there are no usable keys
 */
export async function openRepository(place: RepositoryPlace): Promise<Repository> {
  const { stateDir, clock, passphrase } = place;
  const directory = repositoryDirectory(stateDir);
  const root = await readNewestRoot(directory);
  try {
    return await Repository.open(directory, await loadOnlineKeys(stateDir, [root], passphrase), clock);
  } catch (error) {
    const next = await readWaitingRoot(stateDir, root);
    if (next === undefined) throw error;
    const keys = await loadOnlineKeys(stateDir, [next], passphrase);
    await writeRoot(directory, next);
    return await Repository.open(directory, keys, clock);
  }
}

/** Where a root may wait, and who is told when it is in force. */
export interface RootPlace {
  readonly stateDir: string;
  readonly passphrase?: string | undefined;
  readonly log?: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** Puts a root in force that waits. What keeps it from that is told, and keeps the timestamp from nothing. */
export async function followWaitingRoot(repository: Repository, place: RootPlace): Promise<void> {
  try {
    await follow(repository, place);
    repository.rootProblem = undefined;
  } catch (err) {
    repository.rootProblem = `a root waits that cannot be published: ${(err as Error).message}`;
    place.log?.error({ err }, "a root waits that cannot be published");
  }
}

async function follow(repository: Repository, { stateDir, passphrase, log }: RootPlace): Promise<void> {
  const next = await readWaitingRoot(stateDir, repository.root);
  if (next === undefined) return;
  await repository.adopt(next, await loadOnlineKeys(stateDir, [next, repository.root], passphrase));
  // It waits no longer.
  await readWaitingRoot(stateDir, next);
  log?.info({ version: next.version }, "another root is in force");
}
