import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Runs a whole country on loopback and plays exchanges in it";

export const description =
  "Starts an authority, trust services, registers and four security servers as processes of their own, plays " +
  "exchanges between agencies, well and badly, tells of each what was asked, decided and recorded, collects what " +
  "proves it and verifies that offline. The country then stays up, for calls by hand, until Ctrl-C.";

export const flags = [
  {
    kind: "number",
    name: "port",
    value: "BASE",
    default: 18_000,
    least: 0,
    most: 65_000,
    description: "What ports are counted from, about 70 of them; 0 takes free ones.",
  },
  {
    kind: "switch",
    name: "once",
    description:
      "End after the account, with 0 only if every exchange ended as it should and everything verified.",
  },
  { kind: "switch", name: "json", description: "Tell everything as JSON, an object on each line." },
  {
    kind: "text",
    name: "state",
    value: "DIR",
    description: "A new folder for the country's files, which are kept; a temporary one otherwise.",
  },
  { kind: "switch", name: "keep", description: "Keep the temporary folder, too." },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { port, once, json, state, keep } = readArguments({ flags }, args).flags;
  const { runDemonstration } = await import("../dev/demo/demonstration.ts");
  const { jsonAccount, textAccount } = await import("../dev/demo/account.ts");
  const ending = new AbortController();
  void stopSignal().then(() => ending.abort());
  try {
    const passed = await runDemonstration({
      basePort: port,
      directory: state,
      files: keep ? "keep" : "remove",
      afterwards: once ? "end" : "stay",
      clock: systemClock,
      tell: json ? jsonAccount(process.stdout) : textAccount(process.stdout),
      signal: ending.signal,
    });
    return passed ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    throw usageErrorOf(error as NodeJS.ErrnoException & { port?: number }, state) ?? error;
  }
}

/** Failures that other flags avoid. */
function usageErrorOf({ code, port }: NodeJS.ErrnoException & { port?: number }, state: string | undefined) {
  if (code === "EADDRINUSE") {
    return new UsageError(
      `port ${port} is taken`,
      "Give --port another number to count from, or 0 for free ports.",
    );
  }
  if (code === "EEXIST" && state !== undefined) {
    return new UsageError(
      `${state} holds a country already`,
      "Name a new folder with --state, or remove that one.",
    );
  }
  return undefined;
}
