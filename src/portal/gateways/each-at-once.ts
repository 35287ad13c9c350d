/** How many gateways one page asks at a time. */
const atOnce = 8;

/** Does the work for each, some at a time; ends when all are done. @throws what the first failure throws */
export async function eachAtOnce<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
