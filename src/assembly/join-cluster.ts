import { access } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import { uuidV7 } from "../core/uuid.ts";
import { loadOrCreateLogKey } from "../messagelog/checkpoint/log-key.ts";
import { publicKeyText } from "../messagelog/checkpoint/signed-note.ts";
import { type ClusterFacts, ClusterSeat } from "../store/postgres/cluster.ts";
import { openServerVault } from "./open-vault.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { SharedDirectory } from "./shared-directory.ts";

/** Between signs of life, and how long those of another node are waited for; milliseconds. */
export interface ClusterPace {
  readonly life: number;
  readonly patience: number;
}

const usualPace: ClusterPace = { life: 2_000, patience: 20_000 };

/**
 * Proves, where the log is in PostgreSQL, that this node has in common with all others what it must: the server that it
 * is, the log's key, the directories of bodies and keys, the master key. The first node tells what that is. While
 * another node is up, the directories must be the very ones that it writes to, not copies of them.
 * @param now milliseconds
 * @returns what gives up the place among the nodes
 * @throws SealwayError `cluster_mismatch` naming what is another one, `log_unavailable`, `signer_unavailable`
 */
export async function joinCluster(
  configuration: ServerConfiguration,
  passphrase: string,
  now: number,
  pace = usualPace,
): Promise<() => Promise<void>> {
  const { postgresql, bodiesDirectory, vaultDirectory } = configuration;
  if (postgresql === undefined) return async () => {};
  const directories = [
    new SharedDirectory("bodiesDirectory", bodiesDirectory),
    new SharedDirectory("vaultDirectory", vaultDirectory),
  ];
  const seat = await ClusterSeat.approach(postgresql);
  try {
    const known = await seat.facts();
    if (known === undefined)
      for (const directory of directories) await directory.mark(await foundingId(directories, now));
    checkServer(known, configuration);
    const logKey = await ownLogKey(known, configuration, passphrase);
    if (known === undefined || known.logKey === null) {
      const id = known?.id ?? (await foundingId(directories, now));
      await seat.found({ id, server: configuration.server, logKey });
    }
    const { id } = (await seat.facts())!;
    for (const directory of directories) await directory.check(id);
    await checkMasterKey(configuration, now);
    const life = new SignsOfLife(seat, directories, uuidV7(now));
    if (await seat.othersLive()) await seeOthers(seat, directories, pace);
    else for (const directory of directories) await directory.clear();
    await seat.take();
    await life.start(pace.life);
    return () => life.end();
  } catch (error) {
    await seat.close();
    throw error;
  }
}

/** One that a first start left behind when it died. */
async function foundingId(directories: readonly SharedDirectory[], now: number): Promise<string> {
  const ids = await Promise.all(directories.map((directory) => directory.id()));
  return ids.find((id) => id !== undefined) ?? uuidV7(now);
}

function checkServer(known: ClusterFacts | undefined, { server }: ServerConfiguration): void {
  if (known === undefined || known.server === server) return;
  throw new SealwayError(
    "cluster_mismatch",
    `the database holds the message log of ${known.server}: each server needs a database of its own`,
  );
}

/** @returns base64url of the public key */
async function ownLogKey(
  known: ClusterFacts | undefined,
  { logKeyFile }: ServerConfiguration,
  passphrase: string,
): Promise<string> {
  const wanted = known?.logKey ?? undefined;
  const isThere = await access(logKeyFile).then(
    () => true,
    () => false,
  );
  const key =
    wanted === undefined || isThere ? publicKeyText(await loadOrCreateLogKey(logKeyFile, passphrase)) : "";
  if (wanted === undefined || key === wanted) return key;
  const what = isThere ? "holds another key than" : "is missing; it must hold";
  throw new SealwayError(
    "cluster_mismatch",
    `logKeyFile ${logKeyFile} ${what} the key ${wanted} of this log: copy it from another node`,
  );
}

async function checkMasterKey(configuration: ServerConfiguration, now: number): Promise<void> {
  const { masterKeyFile, server } = configuration;
  const vault = await openServerVault(configuration);
  await vault.checkOpens(memberOf(server), now).catch((cause: unknown) => {
    throw new SealwayError(
      "cluster_mismatch",
      `masterKeyFile ${masterKeyFile} does not open the vault: copy it from another node`,
      { cause },
    );
  });
}

/** Waits until each directory shows that a node which is up writes to it, when there is one. */
async function seeOthers(
  seat: ClusterSeat,
  directories: readonly SharedDirectory[],
  { life, patience }: ClusterPace,
): Promise<void> {
  let still = await Promise.all(
    directories.map(async (directory) => ({ directory, before: await directory.signs() })),
  );
  for (let waited = 0; still.length > 0 && (await seat.othersLive()); waited += life / 4) {
    if (waited >= patience) {
      const { name, path } = still[0]!.directory;
      const detail = `no other node writes to ${name} ${path}: it is a copy of the directory that they share`;
      throw new SealwayError("cluster_mismatch", detail);
    }
    await wait(life / 4);
    const moved = await Promise.all(
      still.map(async ({ directory, before }) => {
        return [...(await directory.signs())].some(([node, text]) => before.get(node) !== text);
      }),
    );
    still = still.filter((_, i) => !moved[i]);
  }
}

/** What other nodes, and those that join, see of this one. */
class SignsOfLife {
  readonly #seat: ClusterSeat;
  readonly #directories: readonly SharedDirectory[];
  readonly #node: string;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #showing: Promise<unknown> = Promise.resolve();

  constructor(seat: ClusterSeat, directories: readonly SharedDirectory[], node: string) {
    this.#seat = seat;
    this.#directories = directories;
    this.#node = node;
  }

  async start(every: number): Promise<void> {
    await this.#show();
    this.#timer = setInterval(() => {
      // What cannot be written now is written the next time; what matters to a record fails with the record.
      this.#showing = this.#showing.then(() => this.#show()).catch(() => undefined);
    }, every).unref();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#showing;
    await Promise.all(
      this.#directories.map((directory) => directory.endLife(this.#node).catch(() => undefined)),
    );
    await this.#seat.close();
  }

  async #show(): Promise<void> {
    const text = String(++this.#count);
    for (const directory of this.#directories) await directory.showLife(this.#node, text);
    await this.#seat.keep();
  }
}
