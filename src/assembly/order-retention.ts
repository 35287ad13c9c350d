import { systemClock } from "../core/clock.ts";
import { memberOf } from "../core/ids.ts";
import { RetentionOffice } from "../messagelog/retention/retention-office.ts";
import type { ReportOf, RetentionOrder } from "../messagelog/retention/retention-orders.ts";
import { handOverVault } from "../messagelog/vault-hand-over.ts";
import { type Rotated, rotateMasterKey } from "../messagelog/vault-rotation.ts";
import type { Signer } from "../pki/signer.ts";
import { joinCluster } from "./join-cluster.ts";
import { loadMemberSigners } from "./keys/keys-in-use.ts";
import { openStore, withLogClosed } from "./log-store.ts";
import { openServerVault } from "./open-vault.ts";
import { giveOrder } from "./order-socket.ts";
import { retentionTools, spelledOut, timeOfNewestBatch } from "./retention-tools.ts";
import { readPassphrase } from "./secrets.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Has an order carried out by the running server, or, when none is running, by this process on the server's files.
 * @throws SealwayError why it is not done
 */
export async function orderRetention<One extends RetentionOrder>(
  configuration: ServerConfiguration,
  order: One,
): Promise<ReportOf<One>> {
  const answered = await giveOrder(configuration.stateDirectory, order);
  if (answered !== undefined) return answered.report as ReportOf<One>;
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const leave = await joinCluster(configuration, passphrase, systemClock.now());
  try {
    return await orderHere(configuration, order);
  } finally {
    await leave();
  }
}

async function orderHere<One extends RetentionOrder>(
  configuration: ServerConfiguration,
  order: One,
): Promise<ReportOf<One>> {
  const store = await openStore(configuration, systemClock, () => {});
  try {
    const tools = retentionTools({
      ...{ configuration, store, clock: systemClock, trustedTime: timeOfNewestBatch },
      log: { keep: (document) => store.keepDocument(document) },
      vault: await openServerVault(configuration),
      signers: await loadSigners(configuration),
    });
    const office = new RetentionOffice(tools);
    if (!order.dryRun) await office.start();
    return (await office.execute(await spelledOut(order, configuration))) as ReportOf<One>;
  } finally {
    await store.close();
  }
}

/**
 * Replaces the master key of a server that is stopped.
 * @throws SealwayError `log_unavailable` while it runs
 */
export async function rotateServerMasterKey(configuration: ServerConfiguration): Promise<Rotated> {
  const { vaultDirectory, masterKeyFile } = configuration;
  return withLogClosed(configuration, systemClock, () =>
    rotateMasterKey(vaultDirectory, masterKeyFile, systemClock.now()),
  );
}

/** Copies a member's vault for it; see `handOverVault`. */
export async function handOverServerVault(
  { vaultDirectory, masterKeyFile }: ServerConfiguration,
  member: string,
  target: string,
): Promise<number> {
  return handOverVault(vaultDirectory, masterKeyFile, member, target);
}

/** The seals of the members that are served here; the owner's must be among them. */
async function loadSigners(configuration: ServerConfiguration): Promise<ReadonlyMap<string, Signer>> {
  const owner = memberOf(configuration.server);
  const signers: ReadonlyMap<string, Signer> = await loadMemberSigners(configuration);
  if (!signers.has(owner)) throw new Error(`members lacks the server's owner ${owner}`);
  return signers;
}
