import { orderService } from "../assembly/order-service.ts";
import type { ServerConfiguration } from "../assembly/server-configuration.ts";
import type { ServiceReports } from "../assembly/service-orders.ts";
import type { ServiceId } from "../core/ids.ts";
import type { Flag } from "./arguments.ts";
import { exitCodes } from "./command.ts";

type Answer = ServiceReports["service act"]["answer"];

/** Flags of the commands that change the catalogue. */
export const actFlags = [
  {
    kind: "required",
    name: "config",
    value: "FILE",
    env: "SEALWAY_CONFIG",
    description: "The configuration file of the security server, which must be running: it signs.",
  },
  {
    kind: "text",
    name: "authority",
    value: "URL",
    description:
      "The governing authority; the first of the configuration's mirrors that takes acts, unless told.",
  },
  { kind: "switch", name: "dry-run", description: "Has it judged, and changes nothing." },
] as const satisfies readonly Flag[];

/** The part of an order that says where the act goes. */
export function submission(given: { readonly authority: string | undefined; readonly "dry-run": boolean }) {
  return { ...(given.authority !== undefined && { authority: given.authority }), dryRun: given["dry-run"] };
}

/**
 * Tells what became of an act, and waits until it is in use at the server.
 * @returns the exit code
 */
export async function tellAnswer(
  configuration: ServerConfiguration,
  service: ServiceId,
  answer: Answer,
  given: { readonly "dry-run": boolean },
): Promise<number> {
  if (answer.kind === "refused") {
    process.stdout.write(`refused: ${answer.code}: ${answer.detail}\n  ${answer.remedy}\n`);
    return exitCodes.failed;
  }
  if (given["dry-run"]) {
    process.stdout.write("the authority would take it; nothing is changed\n");
    return exitCodes.ok;
  }
  const { act } = answer;
  const where =
    answer.configuration === null ? "which cannot publish it yet" : `configuration ${answer.configuration}`;
  process.stdout.write(`taken by the authority: act ${act}, ${where}\n`);
  const { configuration: version, milliseconds } = await orderService(configuration, {
    ...{ order: "service wait", service, act },
  });
  process.stdout.write(`in use at this server after ${milliseconds} ms, configuration ${version}\n`);
  return exitCodes.ok;
}
