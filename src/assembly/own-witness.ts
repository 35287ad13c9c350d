import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { RespondAsWitness } from "../http/witness-interface.ts";
import { originOf } from "../messagelog/checkpoint/checkpoint.ts";
import { publicKeyOf } from "../messagelog/checkpoint/signed-note.ts";
import { Witness } from "../messagelog/checkpoint/witness.ts";
import { respondAsWitness, witnessPrefix } from "../messagelog/checkpoint/witness-service.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import type { ConfigurationContent } from "../trust/global-configuration.ts";
import { discontinuityRules } from "./known-heads.ts";

export interface OwnWitnessOptions {
  readonly self: string;
  readonly key: KeyObject;
  readonly directory: string;
  readonly clock: Clock;
  /** @throws SealwayError `configuration_expired` */
  readonly index: () => ConfigurationIndex;
}

/** This server as a witness of its peers' logs; registered servers alone may call it. */
export function ownWitness({ self, key, directory, clock, index }: OwnWitnessOptions): RespondAsWitness {
  const keys = keysByOrigin();
  const witness = new Witness({
    ...{ name: originOf(self), key, clock, directory: join(directory, "witness") },
    instance: index().content.parameters.instance,
    logKeys: (origin) => keys(index().content).get(origin),
    officersOf: (server) => discontinuityRules(index().content).officersOf(server),
  });
  return async ({ certificate, path, ...call }) => {
    if (index().serverByTlsCertificate(certificate ?? "") === undefined) {
      return {
        status: 403,
        type: "text/plain; charset=utf-8",
        body: "the certificate is of no registered server\n",
      };
    }
    return respondAsWitness(witness, { ...call, name: path.slice(witnessPrefix.length) });
  };
}

function keysByOrigin() {
  let of: ConfigurationContent | undefined;
  let keys = new Map<string, readonly KeyObject[]>();
  return (content: ConfigurationContent) => {
    if (content !== of) {
      keys = new Map(content.servers.map(({ id, logKeys = [] }) => [originOf(id), logKeys.map(publicKeyOf)]));
      of = content;
    }
    return keys;
  };
}
