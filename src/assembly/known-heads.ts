import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { sha256 } from "../core/bytes.ts";
import { parseCheckpoint } from "../messagelog/checkpoint/checkpoint.ts";
import type { KnownHead } from "../messagelog/checkpoint/continuity.ts";
import {
  type Discontinuity,
  type DiscontinuityRules,
  verifyDiscontinuity,
} from "../messagelog/checkpoint/discontinuity.ts";
import { isSigned, type NamedKey, parseNote } from "../messagelog/checkpoint/signed-note.ts";
import type { WitnessState } from "../messagelog/checkpoint/witness-states.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import type { ConfigurationContent } from "../trust/global-configuration.ts";
import type { WitnessPlace } from "./witness-places.ts";

/** Where a server keeps what belongs to its checkpoints, outside its database. */
export function checkpointDirectory(stateDirectory: string): string {
  return join(stateDirectory, "checkpoint");
}

export const latestNote = "latest.note";
const records = "discontinuities";

/** What the witnesses answered: who has seen what, and who could not be asked, with the reason. */
export interface Asked {
  readonly known: readonly KnownHead[];
  readonly silent: ReadonlyMap<string, string>;
}

/** The newest cosigned checkpoint that this server has noted itself. @throws Error for a damaged file */
export async function readLatest(directory: string, keys: readonly NamedKey[]): Promise<KnownHead[]> {
  const text = await readFile(join(directory, latestNote), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const note = parseNote(text);
  // Of a key that is registered no more nothing can be said: the witnesses decide.
  return isSigned(note, keys) ? [{ ...parseCheckpoint(note.text), by: "this server itself" }] : [];
}

/** Asks every witness at once what it has seen of a log. */
export async function askWitnesses(
  witnesses: readonly WitnessPlace[],
  origin: string,
  keys: readonly NamedKey[],
): Promise<Asked> {
  const known: KnownHead[] = [];
  const silent = new Map<string, string>();
  const ask = async ({ title, call }: WitnessPlace) => {
    try {
      const { status, body } = await call({
        method: "GET",
        name: `latest?origin=${encodeURIComponent(origin)}`,
      });
      if (status === 404) return;
      if (status !== 200) throw new Error(`status ${status}`);
      const head = readState(JSON.parse(body) as WitnessState, keys);
      if (head !== undefined) known.push({ ...head, by: title });
    } catch (error) {
      silent.set(title, (error as Error).message);
    }
  };
  await Promise.all(witnesses.map(ask));
  return { known, silent };
}

/** A witness could name any size: what counts is what this server signed. */
function readState({ checkpoint }: WitnessState, keys: readonly NamedKey[]) {
  if (typeof checkpoint !== "string") return undefined;
  const note = parseNote(checkpoint);
  if (!isSigned(note, keys)) throw new Error("it shows a checkpoint that this server did not sign");
  const { size, root } = parseCheckpoint(note.text);
  return { size, root };
}

/** By the configuration: who the officers of a server are. */
export function discontinuityRules({
  parameters,
  servers,
}: Pick<ConfigurationContent, "parameters" | "servers">): DiscontinuityRules {
  return {
    instance: parameters.instance,
    officersOf: (server) => new Set(servers.find(({ id }) => id === server)?.officers ?? []),
  };
}

/** The discontinuity records that this server holds, as far as they are good. */
export async function readRecords(
  directory: string,
  self: string,
  rules: DiscontinuityRules,
  logger: Pick<Logger, "warn">,
): Promise<Discontinuity[]> {
  const folder = join(directory, records);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found: Discontinuity[] = [];
  for (const name of (await readdir(folder)).filter((one) => one.endsWith(".jws"))) {
    try {
      const record = verifyDiscontinuity(await readFile(join(folder, name)), rules);
      if (record.server === self) found.push(record);
    } catch (err) {
      logger.warn({ err, name }, "a discontinuity record does not count");
    }
  }
  return found;
}

/** Puts a record where the server finds it at its start. @returns the file */
export async function installRecord(directory: string, bytes: Buffer): Promise<string> {
  await mkdir(join(directory, records), { recursive: true, mode: 0o700 });
  const path = join(directory, records, `${sha256(bytes).toString("hex").slice(0, 32)}.jws`);
  await writeFileAtomically(path, bytes, "private");
  return path;
}
