import type { Asked } from "../api/route.ts";
import { line } from "../api/shapes.ts";

/** Names of users by their ids, of those alone that the answer has elsewhere. */
export const shownNames = { type: "object", additionalProperties: line };

/** What users are called who stand in an answer; an id of nobody here has no name. */
export async function namesOf(
  { services }: Pick<Asked, "services">,
  ids: Iterable<string | null>,
): Promise<Record<string, string>> {
  const { users } = await services.book.state();
  const known = [...new Set(ids)].flatMap((id) => users.get(id ?? "") ?? []);
  return Object.fromEntries(known.map(({ id, name }) => [id, name]));
}
