import type { Json } from "../../core/canonical-json.ts";
import type { Asked } from "../api/route.ts";

/** Keeps what is done, for the log: before it is done. @param member whose it is; null for the server's own */
export async function orderedFor(
  { draft, services }: Pick<Asked, "draft" | "services">,
  member: string | null,
  about: readonly string[],
): Promise<void> {
  await services.book.record(draft({ what: "ordered" }, { member, about }));
}

/** What an act states, for such an entry, which has its reason anyway. Numbers are times, milliseconds. */
export function statedIn(states: Readonly<Record<string, Json>>): string[] {
  const named = Object.entries(states).filter(([name]) => name !== "reason");
  return named.flatMap(([name, value]) =>
    [value].flat().map((one) => `${name} ${typeof one === "number" ? new Date(one).toISOString() : one}`),
  );
}
