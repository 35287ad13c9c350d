import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { ConfigurationClient } from "../trust/configuration-client.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * The global configuration as a command sees it, beside the running server: from a copy of what that keeps, brought up
 * to date when a mirror can be reached.
 * @throws SealwayError `configuration_expired` when there is none in force
 */
export async function readTrust(
  { anchor, mirrors, stateDirectory }: Pick<ServerConfiguration, "anchor" | "mirrors" | "stateDirectory">,
  clock: Clock,
): Promise<ConfigurationIndex> {
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
      return client.current();
    } finally {
      await client.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
