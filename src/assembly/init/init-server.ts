import { monotonic } from "../../core/clock.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { certifyKeys } from "./certify-keys.ts";
import type { InitWork, PlacedWork } from "./init-work.ts";
import { placeServer } from "./place-server.ts";
import { registerServer } from "./register-server.ts";
import { type TestedServer, testExchange } from "./test-exchange.ts";

/** Runs the new server while something is done with it. */
export type WithServer = (
  configuration: ServerConfiguration,
  work: (server: TestedServer) => Promise<void>,
) => Promise<void>;

/** In their order; each does nothing where an earlier run has done it. */
const steps = (
  withServer: WithServer,
): readonly (readonly [string, (work: PlacedWork) => Promise<void>])[] => [
  ["keys and certificates", certifyKeys],
  ["registration", registerServer],
  ["test exchange", (work) => withServer(work.configuration, (server) => testExchange(work, server))],
];

/**
 * From nothing to a server that exchanges: tells of each step what happens and what is missing. Broken off, it goes on
 * from there when it is run again.
 * @throws InitStopped, ConfigurationError, DocumentError, SealwayError, with what stands in its way
 */
export async function initServer(work: InitWork, withServer: WithServer): Promise<ServerConfiguration> {
  const began = monotonic();
  const titles = ["files", ...steps(withServer).map(([title]) => title)];
  const head = (i: number) => work.tell(`${i + 1}/${titles.length} ${titles[i]}`);
  const indented: InitWork = { ...work, tell: (line) => work.tell(`    ${line}`) };
  head(0);
  const placed = await placeServer(indented);
  for (const [i, [, step]] of steps(withServer).entries()) {
    head(i + 1);
    await step(placed);
  }
  work.tell(`done in ${((monotonic() - began) / 1000).toFixed(1)} s`);
  return placed.configuration;
}
