import { pino } from "pino";
import { systemClock } from "../core/clock.ts";
import { startPortal } from "../portal/portal.ts";
import { loadPortalConfiguration } from "../portal/portal-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Runs the citizens' portal: who asked for my data, and my permissions";

export const description =
  "People sign in by OpenID Connect. What the pages show is asked of the other members' security servers, by exchanges of " +
  "the portal's own subsystem; the portal stores nothing. SIGTERM and SIGINT stop it; everybody is signed out then.";

export const flags = [
  {
    kind: "required",
    name: "config",
    value: "FILE",
    env: "SEALWAY_CONFIG",
    description: "The configuration file (schemas/portal/v1.schema.json).",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config } = readArguments({ flags }, args).flags;
  const configuration = await loadPortalConfiguration(config);
  const log = pino({ name: "portal", level: configuration.logLevel });
  const portal = await startPortal({ configuration, clock: systemClock, log });
  log.info({ port: portal.port, url: configuration.publicUrl }, "ready");
  await stopSignal();
  log.info("stopping");
  await portal.close();
  return exitCodes.ok;
}
