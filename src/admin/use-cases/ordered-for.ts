import type { Asked } from "../api/route.ts";

/** Keeps what is done, for the log: before it is done. @param member whose it is; null for the server's own */
export async function orderedFor(
  { draft, services }: Pick<Asked, "draft" | "services">,
  member: string | null,
  about: readonly string[],
): Promise<void> {
  await services.book.record(draft({ what: "ordered" }, { member, about }));
}
