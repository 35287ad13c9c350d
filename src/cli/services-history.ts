import { orderService } from "../assembly/order-service.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { ServiceReports } from "../assembly/service-orders.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readServiceId } from "./service-files.ts";

export const summary = "Lists the acts on a service, and where its versions stand";

export const description =
  "As the running server has verified them: signed by the provider, countersigned by the authority, each naming the one " +
  "before it. Times are when the authority took them.";

export const flags = [
  runningConfigFlag,
  { kind: "switch", name: "json", description: "Writes one JSON object." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE",
  least: 1,
  most: 1,
  description: "The service, INSTANCE/CLASS/MEMBER/SUBSYSTEM/CODE.",
};

type History = ServiceReports["service history"];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: names } = readArguments({ flags, operands }, args);
  const service = readServiceId(names[0]!);
  const configuration = await loadServerConfiguration(given.config);
  const history = await orderService(configuration, { order: "service history", service });
  const text = given.json ? JSON.stringify(history, undefined, 2) : historyLines(history).join("\n");
  process.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

function historyLines({ acts, versions }: History): string[] {
  if (acts.length === 0) return ["no acts on this service are known here"];
  return [
    ...acts.map(({ accepted, word, version, reason, act }) => {
      const why = reason === null ? "" : `: ${reason}`;
      return `${timeOf(accepted)} ${word.padEnd(9)} ${version} ${act}${why}`;
    }),
    ...versions.map(({ version, state, sunset, withdrawnFields, observedUntil }) => {
      const more = [
        sunset === null ? [] : [`sunset ${timeOf(sunset)}`],
        withdrawnFields.length === 0 ? [] : [`withdrawn ${withdrawnFields.join(", ")}`],
        observedUntil === null ? [] : [`observed until ${timeOf(observedUntil)}`],
      ].flat();
      return [`${version} is ${state}`, ...more].join("; ");
    }),
  ];
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
