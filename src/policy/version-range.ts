import { compareVersions, versionNumbers } from "../core/compare-versions.ts";
import { remembered } from "../core/remembered.ts";

/** What every version in a range begins with, and the oldest one of them. */
interface VersionRange {
  readonly begins: readonly number[];
  readonly least: string;
}

const known = new Map<string, VersionRange>();

/**
 * Whether a range has a version in it. `1` stands for every 1.x.y, `1.4` for every 1.4.x, `1.4.2` for that one, and
 * `^1.4` for 1.4.0 and everything later that begins with 1.
 * @param range as an agreement states it
 * @param version of three numbers
 */
export function inVersionRange(range: string, version: string): boolean {
  const { begins, least } = remembered(known, range, () => readRange(range));
  const numbers = versionNumbers(version);
  return begins.every((number, i) => numbers[i] === number) && compareVersions(version, least) >= 0;
}

function readRange(range: string): VersionRange {
  const isCaret = range.startsWith("^");
  const least = isCaret ? range.slice(1) : range;
  const numbers = versionNumbers(least);
  return { begins: isCaret ? numbers.slice(0, 1) : numbers, least };
}
