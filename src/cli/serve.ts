import { pino } from "pino";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { startGateway } from "../gateway.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Runs a security server";

export const description =
  "Takes the calls of information systems and the messages of other security servers, as its configuration file says. " +
  "SIGTERM and SIGINT let running exchanges end, have what is pending time-stamped, and stop it. SIGUSR2 has what is " +
  "pending time-stamped at once.";

export const flags = [
  {
    kind: "required",
    name: "config",
    value: "FILE",
    env: "SEALWAY_CONFIG",
    description: "The configuration file (schemas/server/v1.schema.json).",
  },
  {
    kind: "switch",
    name: "demonstration",
    description: "Accept a demonstration anchor, and no other: nothing that is signed then proves anything.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const logger = pino({
    name: "sealway",
    level: configuration.logLevel,
    base: { server: configuration.server },
  });
  const purpose = given.demonstration ? "demonstration" : "production";
  const gateway = await startGateway({ configuration, purpose, clock: systemClock, logger });
  logger.info({ ports: gateway.ports, purpose }, "ready");
  process.on("SIGUSR2", async () => {
    logger.info({ sealed: await gateway.sealNow() }, "time-stamped on request");
  });
  await stopSignal();
  logger.info("stopping");
  await gateway.close();
  return exitCodes.ok;
}
