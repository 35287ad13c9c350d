import type { Clock } from "../core/clock.ts";
import { BodyFiles } from "../messagelog/body-files.ts";
import { type CheckpointSeals, readCheckpointSeals } from "../messagelog/check/check-checkpoint-seals.ts";
import type { HeldCheckpoint } from "../messagelog/check/check-checkpoints.ts";
import { checkLog, type LogCheckResult, type LogCheckRules } from "../messagelog/check/check-log.ts";
import { checkSegments } from "../messagelog/check/check-segments.ts";
import { authorityName, originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { type NamedKey, publicKeyOf } from "../messagelog/checkpoint/signed-note.ts";
import type { ConfigurationFiles } from "../messagelog/message-record.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import { erasedKeys } from "../messagelog/retention/erasure-statement.ts";
import { loadAnchor } from "../trust/anchor.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { verifyArchivedConfiguration } from "../trust/verify-archived-configuration.ts";
import { loadServerTls } from "./keys/keys-in-use.ts";
import { askWitnesses, checkpointDirectory, readLatestNote } from "./known-heads.ts";
import { openReader } from "./log-store.ts";
import { searchDirectory } from "./open-search.ts";
import { openServerVault } from "./open-vault.ts";
import { readTrust } from "./read-trust.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { logKeysOf, witnessPlaces } from "./witness-places.ts";

export interface OwnLogCheck extends LogCheckResult {
  /** Witnesses that could not be asked, with the reason. */
  readonly silent: ReadonlyMap<string, string>;
  /** How often the log went on from an earlier state, by the word of two officers. */
  readonly discontinuities: number;
  /** By member that seals checkpoints: how many it has sealed, and the newest. */
  readonly checkpointSeals: CheckpointSeals["newest"];
}

export interface OwnLogCheckOptions {
  readonly clock: Clock;
  /** Whether witnesses are asked what they have seen. */
  readonly witnesses: "asked" | "not asked";
  readonly progress?: LogCheckRules["progress"];
}

/**
 * Checks the log of a server, beside it or without it.
 * @throws SealwayError `configuration_expired` when there is no configuration to judge by; errors of files and store
 */
export async function checkOwnLog(
  configuration: ServerConfiguration,
  { clock, witnesses, progress }: OwnLogCheckOptions,
): Promise<OwnLogCheck> {
  const log = openReader(configuration);
  try {
    const index = await indexOf(configuration, log, clock);
    const vault = await openServerVault(configuration, new Set((await erasedKeys(log)).keys()));
    const { held, silent } = await heldCheckpoints(configuration, index, witnesses);
    const sealDocuments = await log.documentsOf("checkpoint-seal");
    const seals = readCheckpointSeals(sealDocuments, index, configuration.server);
    const result = await checkLog(log, {
      ...{ vault, held, sealed: seals.heads, at: clock.now(), authorities: index.timestampingAuthorities },
      bodies: new BodyFiles(configuration.bodiesDirectory),
      logKeys: logKeysOf(index.content, configuration.server),
      witnessKeys: allWitnessKeys(index.content),
      ...(progress && { progress }),
    });
    const damages = [
      ...result.damages,
      ...seals.damages,
      ...checkSegments(searchDirectory(configuration.stateDirectory)),
    ];
    const discontinuities = (await log.documentsOf("discontinuity")).length;
    return { ...result, damages, silent, discontinuities, checkpointSeals: seals.newest };
  } finally {
    log.close();
  }
}

/** The configuration in force; without one the newest that the log itself has, if it follows from the anchor. */
async function indexOf(
  configuration: ServerConfiguration,
  log: LogReader,
  clock: Clock,
): Promise<ConfigurationIndex> {
  try {
    return await readTrust(configuration, clock);
  } catch (error) {
    const [newest] = (await log.documentsOf("configuration-files")).slice(-1);
    if (newest === undefined) throw error;
    const { files } = JSON.parse(newest.bytes.toString("utf8")) as ConfigurationFiles;
    const byName = new Map<string, Buffer>();
    for (const [name, digest] of Object.entries(files)) {
      const document = await log.document(digest);
      if (document !== undefined) byName.set(name, document.bytes);
    }
    const archived = verifyArchivedConfiguration(byName, await loadAnchor(configuration.anchor));
    if (archived.configuration === undefined) throw error;
    return archived.configuration;
  }
}

/** What this server noted, what its witnesses hold, and what they hold against it. */
async function heldCheckpoints(
  configuration: ServerConfiguration,
  { content }: ConfigurationIndex,
  witnesses: OwnLogCheckOptions["witnesses"],
): Promise<{ readonly held: readonly HeldCheckpoint[]; readonly silent: ReadonlyMap<string, string> }> {
  const { server, mirrors, stateDirectory } = configuration;
  const noted = await readLatestNote(checkpointDirectory(stateDirectory));
  const held: HeldCheckpoint[] = noted === undefined ? [] : [{ by: "this server itself", note: noted }];
  if (witnesses === "not asked") return { held, silent: new Map() };
  const tls = await loadServerTls(configuration);
  const ways = { self: server, mirrors, identity: { key: tls.key, certificate: tls.cert } };
  const { states, silent } = await askWitnesses(witnessPlaces(content, ways), originOf(server));
  for (const [by, { checkpoint, conflicts = [] }] of states) {
    if (checkpoint !== null) held.push({ by, note: checkpoint });
    for (const { offered } of conflicts) held.push({ by: `${by}, which refused it,`, note: offered });
  }
  return { held, silent };
}

function allWitnessKeys({ parameters, servers }: ConfigurationIndex["content"]): NamedKey[] {
  const named = (name: string, keys: readonly string[]) =>
    keys.map((key) => ({ name, key: publicKeyOf(key) }));
  return [
    ...named(authorityName(parameters.instance), parameters.witnessKeys),
    ...servers.flatMap(({ id, logKeys = [] }) => named(originOf(id), logKeys)),
  ];
}
