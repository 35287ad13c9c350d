import { remembered } from "./remembered.ts";

const known = new Map<string, readonly number[]>();

/** The numbers of a version, or of the beginning of one; the same array each time. */
export function versionNumbers(version: string): readonly number[] {
  return remembered(known, version, () => version.split(".").map(Number));
}

/** Negative, zero or positive, as `one` is older, the same or newer. Versions have three numbers, or fewer: the others are 0. */
export function compareVersions(one: string, other: string): number {
  const [ours, theirs] = [versionNumbers(one), versionNumbers(other)];
  for (let i = 0; i < 3; i++) {
    const difference = (ours[i] ?? 0) - (theirs[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
