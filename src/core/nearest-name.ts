/**
 * The name that somebody who mistyped most likely meant: at most a third of its letters differ.
 * @returns undefined when none is near
 */
export function nearestName(typed: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const distance = editDistance(typed, name);
    if (distance < least && distance <= Math.max(1, Math.floor(name.length / 3))) {
      best = name;
      least = distance;
    }
  }
  return best;
}

/** Levenshtein distance; names longer than 64 characters are not compared, since `typed` may be anybody's. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
