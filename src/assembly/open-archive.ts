import { SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import { openArchiveReader } from "../messagelog/archive/archive-reader.ts";
import type { ArchiveSource } from "../messagelog/archive/write-segment.ts";
import { EvidenceReader } from "../messagelog/evidence-reader.ts";
import { erasedKeys } from "../messagelog/retention/erasure-statement.ts";
import type { Signer } from "../pki/signer.ts";
import { loadAnchor, writeAnchor } from "../trust/anchor.ts";
import { loadMemberSigners } from "./keys/keys-in-use.ts";
import { openReader, readerOnceThere } from "./log-store.ts";
import { openServerVault } from "./open-vault.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * What a server's log is archived from, and the seal of the server's owner, which signs.
 * @throws SealwayError `signer_unavailable`; DocumentError for the anchor; errors of the store when there is no log
 */
export async function openArchiving(
  configuration: ServerConfiguration,
): Promise<{ readonly source: ArchiveSource; readonly signer: Signer }> {
  const { server, bodiesDirectory } = configuration;
  const signer = await openOwnersSeal(configuration);
  const anchor = await loadAnchor(configuration.anchor);
  const source = {
    log: openReader(configuration),
    instance: anchor.instance,
    server,
    anchor: writeAnchor(anchor),
    bodies: bodiesDirectory,
  };
  return { source, signer };
}

async function openOwnersSeal(configuration: ServerConfiguration): Promise<Signer> {
  const owner = memberOf(configuration.server);
  const signer = (await loadMemberSigners(configuration)).get(owner);
  if (signer === undefined)
    throw new SealwayError("signer_unavailable", `members has no seal of ${owner}, the server's owner`);
  return signer;
}

/**
 * Opens an archive for evidence, with the keys of a server's vault. Erasures in the archive, and in the server's log
 * where there is one, are applied.
 * @throws MasterKeyError; FaultyFile, UnreadableManifest for the archive; errors of the file system
 */
export async function openArchiveEvidence(
  configuration: ServerConfiguration,
  archive: string,
): Promise<EvidenceReader> {
  const live = (await readerOnceThere(configuration))();
  try {
    const log = await openArchiveReader(archive, live);
    const erased = new Set((await erasedKeys(live ?? log)).keys());
    return new EvidenceReader(log, await openServerVault(configuration, erased));
  } finally {
    live?.close();
  }
}
