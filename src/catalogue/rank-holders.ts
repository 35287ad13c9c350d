import type { ClientId } from "../core/ids.ts";
import type { DescriptionDocument } from "./description-document.ts";
import { mayAsk } from "./visibility.ts";
import { covers } from "./vocabulary.ts";

/** For whom, and for what, one of several services is chosen. */
export interface Wish {
  /** Who would call; undefined when nobody says. */
  readonly asker: ClientId | undefined;
  /** All the elements that are wanted. */
  readonly elements: readonly string[];
}

/**
 * Services that hold an element, the one to name first in front: first those that the asker may ask, then those that hold
 * more of what is wanted, so that one agreement does for much; otherwise as they came.
 */
export function rankHolders(
  holders: readonly DescriptionDocument[],
  { asker, elements }: Wish,
): readonly DescriptionDocument[] {
  if (holders.length < 2) return holders;
  const ranked = holders.map((holder) => ({
    holder,
    isOpen: asker !== undefined && mayAsk(holder, asker),
    held: elements.filter((wanted) => holder.source?.elements.some((one) => covers(one, wanted))).length,
  }));
  ranked.sort((a, b) => Number(b.isOpen) - Number(a.isOpen) || b.held - a.held);
  return ranked.map(({ holder }) => holder);
}
