import type { Json } from "../../core/canonical-json.ts";
import type { AdministrationEntry } from "../administration/entry.ts";
import type { Asked, Route } from "../api/route.ts";
import { count, demanded, identifier, line, list, orNull, time, uuid, whole } from "../api/shapes.ts";
import { recordsReached } from "../roles.ts";
import { timeText } from "./told-user.ts";

/** How far back the list goes, entries; `sealway log archive` has them all. */
const mostEntries = 10_000;

const shownEntry = whole({
  ...{ id: uuid, time, by: identifier, key: orNull(uuid), roles: list({ type: "string" }), route: line },
  ...{ member: orNull(identifier), about: list(line), reason: orNull(line), fact: { type: "object" } },
});

export const auditRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/audit", summary: "Who changed and who read what, newest first" },
    ...{ allowed: ["auditor", "data-protection-officer", "security-officer"], scope: "records" },
    ...{ audit: "none", personal: "none", people: 1 },
    query: demanded({ limit: count, before: uuid }),
    answer: whole({ entries: list(shownEntry), before: orNull(uuid) }),
    run: async (asked) => {
      const { limit = "50", before } = asked.query;
      const newest = await asked.services.book.newest(mostEntries);
      const seen = newest.filter((entry) => isSeen(asked, entry));
      const at = before === undefined ? 0 : seen.findIndex(({ id }) => id === before) + 1;
      const shown = seen.slice(at, at + Number(limit));
      const isLast = at + shown.length >= seen.length;
      return { body: { entries: shown.map(told), before: isLast ? null : shown.at(-1)!.id } };
    },
  },
];

/** What is about no member is the server's; the audit of a member that is hosted is its own. */
function isSeen({ reach, services }: Asked, { member }: AdministrationEntry): boolean {
  return member === null ? reach.server : recordsReached(reach, services.owner).has(member);
}

/** Digests of keys and of sign-ins are nobody's to read. */
function told({ instance: _, fact, time: at, ...entry }: AdministrationEntry): Json {
  const open = Object.entries(fact).filter(([name]) => name !== "digest" && name !== "subject");
  return { ...entry, time: timeText(at), fact: Object.fromEntries(open) };
}
