import { orderService } from "../assembly/order-service.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { ServiceOrder } from "../assembly/service-orders.ts";
import { submission, tellAnswer } from "./act-answer.ts";
import type { Operands } from "./arguments.ts";
import { readServiceId } from "./service-files.ts";

type Word = Extract<ServiceOrder, { order: "service act" }>["word"];

/** Of which version an act is. */
export const versionOperands: Operands = {
  name: "SERVICE VERSION",
  least: 2,
  most: 2,
  description: "The service, INSTANCE/CLASS/MEMBER/SUBSYSTEM/CODE, and its version.",
};

/**
 * Has an act on a version signed and submitted, and tells what became of it.
 * @param states what the act states beside its service
 * @returns the exit code
 */
export async function actOnVersion(
  word: Word,
  [id = "", version = ""]: readonly string[],
  states: { readonly [name: string]: unknown },
  given: { readonly config: string; readonly authority: string | undefined; readonly "dry-run": boolean },
): Promise<number> {
  const service = readServiceId(id);
  const configuration = await loadServerConfiguration(given.config);
  const order = { order: "service act", word, service, version, states, ...submission(given) } as const;
  const { answer } = await orderService(configuration, order);
  return tellAnswer(configuration, service, answer, given);
}
