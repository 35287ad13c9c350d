/** Negative, zero or positive, as `one` is older, the same or newer. Versions have three numbers. */
export function compareVersions(one: string, other: string): number {
  const [ours, theirs] = [one.split(".").map(Number), other.split(".").map(Number)];
  const at = ours!.findIndex((number, i) => number !== theirs![i]);
  return at < 0 ? 0 : ours![at]! - theirs![at]!;
}
