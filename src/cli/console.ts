import { pino } from "pino";
import { openConsole } from "../assembly/open-console.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Runs the management API and the pages of a security server";

export const description =
  "A process of its own beside `sealway serve`, by the same configuration file (`management` says where). It holds no " +
  "key of a member and writes no log: whatever changes something is ordered of the running server, and recorded in its " +
  "log. While nobody can administer the server, since there is no user or their keys have ended, it prints a one-time " +
  "code at its start, good for an hour, by which an administrator is made. SIGTERM and SIGINT stop it; exchanges go on without it.";

export const flags = [configFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config } = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(config);
  const logger = pino({ name: "console", level: configuration.logLevel });
  const opened = await openConsole({ configuration, clock: systemClock, logger });
  if (opened.firstCode !== undefined)
    process.stdout.write(`code for the first administrator, good for an hour: ${opened.firstCode}\n`);
  logger.info({ port: opened.port, url: configuration.management?.publicUrl }, "ready");
  await stopSignal();
  logger.info("stopping");
  await opened.close();
  return exitCodes.ok;
}
