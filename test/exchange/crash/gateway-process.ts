import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { pino } from "pino";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { systemClock } from "../../../src/core/clock.ts";
import type { StepDone } from "../../../src/exchange/gateway-services.ts";
import { startGateway } from "../../../src/gateway.ts";
import { type Death, type FromGatewayProcess, lastWords, type ToGatewayProcess } from "./death.ts";

/*
 * A security server as a process of its own that kills itself, as a power cut would, when a step is done. Its
 * configuration file is the argument; its parent tells it over the channel between them when to start and when to die.
 */

let death: Death | undefined;
let seen = 0;

function observe({ number, name, exchangeId }: StepDone): void {
  if (death === undefined || number !== death.number || name !== death.name) return;
  if (++seen < death.nth) return;
  writeSync(1, `${lastWords}${exchangeId}\n`);
  process.kill(process.pid, "SIGKILL");
}

async function start(): Promise<void> {
  const gateway = await startGateway({
    configuration: await loadServerConfiguration(process.argv[2]!),
    purpose: "demonstration",
    clock: systemClock,
    logger: pino({ level: "debug" }),
    observer: observe,
  });
  process.on("SIGTERM", () => void gateway.close().then(() => process.disconnect()));
  const { http, health } = gateway.ports;
  tell({ kind: "ready", http: http!, health });
}

function tell(message: FromGatewayProcess): void {
  process.send!(message);
}

process.on("message", (message: ToGatewayProcess) => {
  if (message.kind === "start") return void start();
  death = message.at;
  tell({ kind: "armed" });
});
process.on("disconnect", () => process.exit());
// A process that is killed writes nothing at its end: the next one loads in a third of the time.
flushCompileCache();
tell({ kind: "loaded" });
