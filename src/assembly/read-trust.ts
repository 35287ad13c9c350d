import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { ConfigurationClient } from "../trust/configuration-client.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** What a server's configuration says of its trust. */
export type TrustPlace = Pick<ServerConfiguration, "anchor" | "mirrors" | "stateDirectory">;

/**
 * The global configuration as a command sees it, beside the running server: from a copy of what that keeps, brought up
 * to date when a mirror can be reached.
 * @throws SealwayError `configuration_expired` when there is none in force
 */
export function readTrust(place: TrustPlace, clock: Clock): Promise<ConfigurationIndex> {
  return withCopiedTrust(place, clock, (client) => client.current());
}

/** Looks at a copy of what the running server keeps, after one poll of its mirrors. */
export async function withCopiedTrust<Seen>(
  { anchor, mirrors, stateDirectory }: TrustPlace,
  clock: Clock,
  look: (client: ConfigurationClient) => Seen,
): Promise<Seen> {
  const directory = await mkdtemp(join(tmpdir(), "sealway-trust-"));
  try {
    await cp(join(stateDirectory, "trust"), directory, { recursive: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      },
    );
    const client = await ConfigurationClient.start({
      anchor: await loadAnchor(anchor),
      mirrors,
      directory,
      clock,
    });
    try {
      return look(client);
    } finally {
      await client.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
