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
import type { Conflict, WitnessState } from "../messagelog/checkpoint/witness-states.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import type { ConfigurationContent } from "../trust/global-configuration.ts";
import type { WitnessPlace } from "./witness-places.ts";

/** Where a server keeps what belongs to its checkpoints, outside its database. */
export function checkpointDirectory(stateDirectory: string): string {
  return join(stateDirectory, "checkpoint");
}

export const latestNote = "latest.note";
const records = "discontinuities";

/** What the witnesses answered: by their titles, and who could not be asked, with the reason. */
export interface Asked {
  readonly states: ReadonlyMap<string, WitnessState & { readonly conflicts?: readonly Conflict[] }>;
  readonly silent: ReadonlyMap<string, string>;
}

/** The note of the newest cosigned checkpoint, as this server keeps it. */
export async function readLatestNote(directory: string): Promise<string | undefined> {
  return readFile(join(directory, latestNote), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** The newest cosigned checkpoint that this server has noted itself. @throws SealwayError for a damaged file */
export async function readLatest(directory: string, keys: readonly NamedKey[]): Promise<KnownHead[]> {
  const text = await readLatestNote(directory);
  if (text === undefined) return [];
  const note = parseNote(text);
  // Of a key that is registered no more nothing can be said: the witnesses decide.
  return isSigned(note, keys) ? [{ ...parseCheckpoint(note.text), by: "this server itself" }] : [];
}

/** Asks every witness at once what it has seen of a log. What it says is its own word. */
export async function askWitnesses(witnesses: readonly WitnessPlace[], origin: string): Promise<Asked> {
  const states = new Map<string, WitnessState>();
  const silent = new Map<string, string>();
  const ask = async ({ title, call }: WitnessPlace) => {
    try {
      const name = `latest?origin=${encodeURIComponent(origin)}`;
      const { status, body } = await call({ method: "GET", name });
      if (status === 404) return;
      if (status !== 200) throw new Error(`status ${status}`);
      states.set(title, JSON.parse(body) as WitnessState);
    } catch (error) {
      silent.set(title, (error as Error).message);
    }
  };
  await Promise.all(witnesses.map(ask));
  return { states, silent };
}

/** What witnesses have seen; a witness could name any size: what counts is what this server signed. */
export function knownHeads(
  { states }: Pick<Asked, "states">,
  keys: readonly NamedKey[],
): { readonly known: KnownHead[]; readonly unsigned: string[] } {
  const known: KnownHead[] = [];
  const unsigned: string[] = [];
  for (const [by, { checkpoint }] of states) {
    if (checkpoint === null) continue;
    try {
      const note = parseNote(checkpoint);
      if (!isSigned(note, keys)) throw new Error("not signed");
      const { size, root } = parseCheckpoint(note.text);
      known.push({ by, size, root });
    } catch {
      unsigned.push(by);
    }
  }
  return { known, unsigned };
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
