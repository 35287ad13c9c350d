import type { MemberId } from "../core/ids.ts";

/** What became of members by law. Their identifiers are never given again, so that old records have one meaning. */
export interface Succession {
  readonly kind: "merged" | "split" | "renamed" | "dissolved";
  readonly from: readonly MemberId[];
  /** Empty only where nobody took anything over. */
  readonly to: readonly {
    readonly member: MemberId;
    /** What of it passes, in words; null for all. */
    readonly share: string | null;
  }[];
  /** The legal act that orders it, as a lawyer finds it. */
  readonly act: string;
  /** From when on, milliseconds. */
  readonly date: number;
}

/** Who answers now for a member of earlier days. */
export interface Successor {
  readonly member: MemberId;
  /** What of it passed at each step, where not all did. */
  readonly shares: readonly string[];
  /** The steps that led here, oldest first; none for the member itself. */
  readonly through: readonly Succession[];
}

/**
 * Who answers at a time for what a member did: the member itself, until the law gave it to others.
 * @param successions of the configuration, in any order
 * @param at milliseconds
 * @returns empty when the member was dissolved and nobody took anything over
 */
export function successorsOf(
  successions: readonly Succession[],
  member: MemberId,
  at: number,
): readonly Successor[] {
  const inForce = successions.filter(({ date }) => date <= at).sort((a, b) => a.date - b.date);
  return follow(inForce, { member, shares: [], through: [] }, Number.NEGATIVE_INFINITY);
}

/** Time goes on with every step, so that this ends whatever the list says. */
function follow(inForce: readonly Succession[], reached: Successor, after: number): readonly Successor[] {
  const next = inForce.find(({ from, date }) => date > after && from.includes(reached.member));
  if (next === undefined) return [reached];
  const found = next.to.flatMap(({ member, share }) => {
    const shares = share === null ? reached.shares : [...reached.shares, share];
    return follow(inForce, { member, shares, through: [...reached.through, next] }, next.date);
  });
  return found.filter((one, i) => found.findIndex((other) => sameAnswer(one, other)) === i);
}

function sameAnswer(one: Successor, other: Successor): boolean {
  return one.member === other.member && one.shares.join("\n") === other.shares.join("\n");
}
