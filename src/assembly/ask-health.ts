import { Agent, request } from "undici";
import type { StandingAlarm } from "../http/health-interface.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** What a running server tells of itself at its health interface. */
export interface RunningServer {
  readonly server: string;
  readonly status: "ok" | "degraded" | "unable";
  readonly configurationVersion: number | null;
  readonly alarms: readonly StandingAlarm[];
}

const answerWithin = 5_000;

/** @returns undefined when nobody answers there, or nothing that is a health report */
export async function askHealth({
  host,
  port,
}: ServerConfiguration["healthInterface"]): Promise<RunningServer | undefined> {
  const at = host.includes(":") ? `[${host}]` : host;
  const dispatcher = new Agent({ allowH2: false });
  try {
    const { body } = await request(`http://${at}:${port}/health`, {
      ...{ dispatcher, signal: AbortSignal.timeout(answerWithin) },
    });
    const told = (await body.json()) as RunningServer;
    return Array.isArray(told.alarms) ? told : undefined;
  } catch {
    return undefined;
  } finally {
    await dispatcher.destroy();
  }
}
