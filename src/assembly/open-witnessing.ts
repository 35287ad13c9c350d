import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { RespondAsWitness } from "../http/witness-interface.ts";
import { loadOrCreateLogKey } from "../messagelog/checkpoint/log-key.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import { checkpointDirectory } from "./known-heads.ts";
import { loadTls } from "./load-parts.ts";
import { readerOnceThere } from "./log-store.ts";
import { ownWitness } from "./own-witness.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";
import { Witnessing } from "./witnessing.ts";

export interface OpenWitnessingOptions {
  readonly configuration: ServerConfiguration;
  readonly passphrase: string;
  readonly trust: TrustInUse;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens both sides of witnessing: this server's log before its witnesses, and this server as a witness of others.
 * @throws SealwayError `log_discontinuous`, `signer_unavailable`
 */
export async function openWitnessing({
  configuration,
  passphrase,
  trust,
  clock,
  logger,
}: OpenWitnessingOptions): Promise<{ witnessing: Witnessing; respond: RespondAsWitness }> {
  const { stateDirectory, logKeyFile, server, mirrors, peerInterface } = configuration;
  const key = await loadOrCreateLogKey(logKeyFile, passphrase);
  const tls = await loadTls(peerInterface, passphrase);
  const witnessing = await Witnessing.open({
    ...{ stateDirectory, key, clock, logger, after: afterTimeout },
    ways: { self: server, mirrors, identity: { key: tls.key, certificate: tls.cert } },
    content: () => trust.index().content,
    openReader: await readerOnceThere(configuration),
  });
  const directory = checkpointDirectory(stateDirectory);
  const respond = ownWitness({ self: server, key, directory, clock, index: () => trust.index() });
  return { witnessing, respond };
}
