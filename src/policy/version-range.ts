import { compareVersions } from "../core/compare-versions.ts";

/**
 * Whether a range has a version in it. `1` stands for every 1.x.y, `1.4` for every 1.4.x, `1.4.2` for that one, and
 * `^1.4` for 1.4.0 and everything later that begins with 1.
 * @param range as an agreement states it
 * @param version of three numbers
 */
export function inVersionRange(range: string, version: string): boolean {
  if (!range.startsWith("^")) return begins(version, range);
  const least = range.slice(1);
  const major = least.split(".")[0]!;
  return begins(version, major) && compareVersions(version, padded(least)) >= 0;
}

function begins(version: string, numbers: string): boolean {
  const parts = version.split(".").map(Number);
  return numbers.split(".").every((number, i) => parts[i] === Number(number));
}

function padded(numbers: string): string {
  return [...numbers.split("."), "0", "0"].slice(0, 3).join(".");
}
