import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { extendsHead } from "../messagelog/checkpoint/continuity.ts";
import {
  countersignDiscontinuity,
  type DiscontinuityPayload,
  headText,
  signDiscontinuity,
  verifyDiscontinuity,
} from "../messagelog/checkpoint/discontinuity.ts";
import { syncTree } from "../messagelog/checkpoint/log-tree.ts";
import { TreeFile } from "../messagelog/checkpoint/tree-file.ts";
import { loadServerTls } from "./keys/keys-in-use.ts";
import {
  askWitnesses,
  checkpointDirectory,
  discontinuityRules,
  installRecord,
  knownHeads,
  readLatest,
} from "./known-heads.ts";
import { loadOfficer, type OfficerFiles } from "./load-officer.ts";
import { readerOnceThere } from "./log-store.ts";
import { readTrust } from "./read-trust.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { logKeysOf, witnessPlaces } from "./witness-places.ts";

/**
 * Makes the statement of the first officer: what witnesses have seen and the log does not have, and from what it goes on.
 * @throws SealwayError `bad_request` when the log continues what is known of it; `signer_unavailable`
 */
export async function declareDiscontinuity(
  configuration: ServerConfiguration,
  officer: OfficerFiles,
  reason: string,
  clock: Clock,
): Promise<{ readonly record: Buffer; readonly payload: DiscontinuityPayload }> {
  const { server, mirrors, stateDirectory } = configuration;
  const { content } = await readTrust(configuration, clock);
  const tls = await loadServerTls(configuration);
  const ways = { self: server, mirrors, identity: { key: tls.key, certificate: tls.cert } };
  const keys = logKeysOf(content, server);
  const asked = await askWitnesses(witnessPlaces(content, ways), originOf(server));
  const noted = await readLatest(checkpointDirectory(stateDirectory), keys);
  const payload = await withTree(configuration, (tree) => {
    const lost = [...noted, ...knownHeads(asked, keys).known].filter((head) => !extendsHead(tree, head));
    const [newest] = lost.sort((a, b) => b.size - a.size);
    if (newest === undefined) {
      throw new SealwayError(
        "bad_request",
        "the log continues all that is known of it: there is nothing to declare",
      );
    }
    const { instance } = content.parameters;
    const [gone, kept] = [headText(newest), headText(tree.head())];
    return { instance, time: clock.now(), server, reason, lost: gone, kept };
  });
  return { record: await signDiscontinuity(await loadOfficer(officer), payload), payload };
}

/**
 * Adds the second officer's signature and puts the record where the server finds it at its start.
 * @returns the file
 * @throws SealwayError `access_denied` unless two officers of this server signed; `malformed_statement`,
 * `invalid_signature`, `signer_unavailable`
 */
export async function confirmDiscontinuity(
  configuration: ServerConfiguration,
  officer: OfficerFiles,
  record: Buffer,
  clock: Clock,
): Promise<string> {
  const { content } = await readTrust(configuration, clock);
  const whole = await countersignDiscontinuity(await loadOfficer(officer), record);
  const { server } = verifyDiscontinuity(whole, discontinuityRules(content));
  if (server !== configuration.server) throw new SealwayError("access_denied", `the record is of ${server}`);
  return installRecord(checkpointDirectory(configuration.stateDirectory), whole);
}

async function withTree<Result>(
  configuration: ServerConfiguration,
  work: (tree: TreeFile) => Result,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "sealway-tree-"));
  const tree = new TreeFile(join(directory, "tree"));
  const reader = (await readerOnceThere(configuration))();
  try {
    if (reader !== undefined) await syncTree(tree, reader, 0);
    return work(tree);
  } finally {
    reader?.close();
    tree.close();
    await rm(directory, { recursive: true });
  }
}
