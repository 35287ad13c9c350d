/** What an earlier step has assigned. @throws TypeError when the table of steps is wrong */
export function required<T>(value: T | undefined | null): T {
  if (value === undefined || value === null)
    throw new TypeError("a step ran before the one that it builds on");
  return value;
}
