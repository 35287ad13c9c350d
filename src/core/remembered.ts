/** Of one memory; above this all is computed anew: what comes from outside cannot fill it for ever. */
const mostKnown = 4096;

/** What was computed for a key before, or is computed now. @param memory of one kind of answer; it is bounded */
export function remembered<T>(memory: Map<string, T>, key: string, compute: () => T): T {
  const before = memory.get(key);
  if (before !== undefined) return before;
  const computed = compute();
  if (memory.size >= mostKnown) memory.clear();
  memory.set(key, computed);
  return computed;
}
