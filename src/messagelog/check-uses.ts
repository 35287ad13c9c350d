import type { MessageRecord } from "./message-record.ts";

/** How many counters a record may use. */
export const mostUses = 16;

const name = /^[ -~]{1,200}$/;

/** @throws RangeError when a counter has no name that a store takes, is named twice, or there are too many */
export function checkUses({ uses = [], returns = [] }: Pick<MessageRecord, "uses" | "returns">): void {
  if (uses.length === 0 && returns.length === 0) return;
  const used = uses.map(({ counter }) => counter);
  for (const counters of [used, returns]) {
    if (counters.length > mostUses || new Set(counters).size < counters.length)
      throw new RangeError("a record uses up to 16 counters, each once");
    if (!counters.every((counter) => name.test(counter)))
      throw new RangeError("a counter's name has 1 to 200 printable ASCII characters");
  }
}
