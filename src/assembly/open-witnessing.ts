import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { RespondAsWitness } from "../http/witness-interface.ts";
import { loadOrCreateLogKey } from "../messagelog/checkpoint/log-key.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import { CheckpointSealer } from "./checkpoint-sealer.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import { checkpointDirectory } from "./known-heads.ts";
import { readerOnceThere } from "./log-store.ts";
import { ownWitness } from "./own-witness.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";
import { Witnessing } from "./witnessing.ts";

export interface OpenWitnessingOptions {
  readonly configuration: ServerConfiguration;
  readonly passphrase: string;
  readonly keys: Pick<KeyRing, "tls">;
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
  keys,
  trust,
  clock,
  logger,
}: OpenWitnessingOptions): Promise<{ witnessing: Witnessing; respond: RespondAsWitness }> {
  const { stateDirectory, logKeyFile, server, mirrors } = configuration;
  const key = await loadOrCreateLogKey(logKeyFile, passphrase);
  const sealing = { index: () => trust.index(), clock, logger };
  const sealer = await CheckpointSealer.open(configuration, passphrase, sealing);
  const witnessing = await Witnessing.open({
    sealer,
    ...{ stateDirectory, key, clock, logger, after: afterTimeout },
    ways: {
      ...{ self: server, mirrors },
      // Each call shows what is in use then.
      get identity() {
        return { key: keys.tls.key, certificate: keys.tls.cert };
      },
    },
    content: () => trust.index().content,
    openReader: await readerOnceThere(configuration),
  });
  const directory = checkpointDirectory(stateDirectory);
  const respond = ownWitness({ self: server, key, directory, clock, index: () => trust.index() });
  return { witnessing, respond };
}
