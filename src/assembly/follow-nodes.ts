import type { MessageStore } from "../messagelog/message-store.ts";
import { Rounds } from "./rounds.ts";

/** How often a node looks what the others of its cluster kept, milliseconds. */
const times = { firstAfter: 5_000, every: 5_000 };

/**
 * Looks at once and, where other nodes write the same log, again every few seconds: one look at a time, and one that
 * fails is made good by the next.
 * @returns ends it
 * @throws what the first look throws
 */
export async function followNodes(
  nodes: MessageStore["nodes"],
  look: () => Promise<void>,
): Promise<() => Promise<void>> {
  await look();
  const rounds = new Rounds(times, async () => {
    await look().catch(() => undefined);
    return "more";
  });
  if (nodes === "several") rounds.start();
  return () => rounds.stop();
}
