import { SealwayError } from "../../core/errors.ts";
import type { AdministrationState } from "./state.ts";

/** How long whoever made a user, or gave it a role, a key or a sign-in, may be the one who acts as it, milliseconds. */
const inHandFor = 7 * 86_400_000;

/**
 * Checks that what one user did is confirmed by another person. A user in the hands of the first, or of whom the first is
 * in the hands, is none: an administrator would confirm their own act by a user whom they made for it.
 * @param now milliseconds
 * @throws SealwayError `two_people_needed`
 */
export function checkSecondPerson(
  { users }: Pick<AdministrationState, "users">,
  first: string,
  second: string,
  now: number,
): void {
  if (first === second) throw new SealwayError("two_people_needed", "it needs another person");
  if (isInHandsOf(users, second, first, now) || isInHandsOf(users, first, second, now))
    throw new SealwayError(
      "two_people_needed",
      "one of the two made the other, or gave it a role, a key or a sign-in, within seven days",
    );
}

/** Whether somebody could act as a user, themselves or by users in their hands. */
export function isInHandsOf(
  users: AdministrationState["users"],
  user: string,
  by: string,
  now: number,
): boolean {
  const seen = new Set([user]);
  for (const id of seen)
    for (const hand of users.get(id)?.hands ?? []) if (now - hand.at < inHandFor) seen.add(hand.by);
  return user !== by && seen.has(by);
}
