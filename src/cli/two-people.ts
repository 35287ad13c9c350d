import { type ListFlag, UsageError } from "./arguments.ts";

/** Names the two people without whom a command does nothing: neither one alone keeps or ends anything. */
export const twoPeople = {
  kind: "list",
  name: "by",
  value: "NAME",
  description: "Who orders it, and given again who else confirms it; both are needed.",
} as const satisfies ListFlag;

/** @throws UsageError unless two are named */
export function readTwoPeople(names: readonly string[]): readonly [string, string] {
  const [one, other] = names;
  if (one === undefined || other === undefined || names.length > 2) {
    throw new UsageError("two people are needed", 'Write --by "WHO ORDERS IT" --by "WHO CONFIRMS IT".');
  }
  return [one, other];
}
