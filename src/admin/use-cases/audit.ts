import type { Json } from "../../core/canonical-json.ts";
import type { ClaimedEntry } from "../administration/book.ts";
import { type AdministrationEntry, factNames } from "../administration/entry.ts";
import type { Asked, Route } from "../api/route.ts";
import { count, demanded, identifier, line, list, orNull, time, uuid, whole } from "../api/shapes.ts";
import { recordsReached } from "../roles.ts";
import { namesOf, shownNames } from "./named-people.ts";
import { timeText } from "./told-user.ts";

/** How many entries are looked at: few are enough for the first page. The list ends with the last number. */
const depths = [500, 10_000] as const;

const what = { type: "string", enum: factNames };
const shownEntry = whole({
  ...{ id: uuid, time, by: identifier, key: orNull(uuid), roles: list({ type: "string" }), route: line },
  ...{ member: orNull(identifier), about: list(line), reason: orNull(line), fact: { type: "object" } },
});

export const auditRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/audit", summary: "Who changed and who read what, newest first" },
    ...{ allowed: ["auditor", "data-protection-officer", "security-officer"], scope: "records" },
    ...{ audit: "none", personal: "none", people: 1 },
    query: demanded({
      limit: count,
      before: uuid,
      by: uuid,
      member: identifier,
      what,
      since: time,
      until: time,
    }),
    answer: whole({ entries: list(shownEntry), before: orNull(uuid), names: shownNames }),
    run: async (asked) => {
      const { limit = "50", before } = asked.query;
      for (const most of depths) {
        const page = await pageOf(asked, most, before, Number(limit));
        if (page === undefined) continue;
        const names = await namesOf(asked, page.entries.flatMap(peopleIn));
        return { body: { entries: page.entries.map(told), before: page.before, names } };
      }
      return { body: { entries: [], before: null, names: {} } };
    },
  },
];

type Claim = ClaimedEntry["claim"];

interface Page {
  readonly entries: readonly AdministrationEntry[];
  readonly before: string | null;
}

/** @returns undefined when more entries must be looked at than these */
async function pageOf(
  asked: Asked,
  most: number,
  before: string | undefined,
  limit: number,
): Promise<Page | undefined> {
  const newest = await asked.services.book.newest(most);
  const isAll = newest.length < most || most === depths.at(-1);
  const seen = newest.filter(({ claim }) => isSeen(asked, claim) && isSought(asked, claim));
  const place = before === undefined ? -1 : seen.findIndex(({ claim }) => claim.id === before);
  if (place < 0 && before !== undefined) return undefined;
  const entries: AdministrationEntry[] = [];
  let next = place + 1;
  for (; next < seen.length && entries.length < limit; next++) {
    const entry = await seen[next]!.verified();
    if (entry !== undefined) entries.push(entry);
  }
  if (entries.length < limit && !isAll) return undefined;
  const isLast = next >= seen.length && isAll;
  return { entries, before: isLast ? null : entries.at(-1)!.id };
}

/** What is about no member is the server's; the audit of a member that is hosted is its own. */
function isSeen({ reach, services }: Asked, { member }: Claim): boolean {
  return member === null ? reach.server : recordsReached(reach, services.owner).has(member);
}

function isSought({ query }: Asked, { by, member, time: at, what }: Claim): boolean {
  const is = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value;
  return (
    is(query.by, by) &&
    is(query.member, member) &&
    is(query.what, what) &&
    at >= (query.since === undefined ? 0 : Date.parse(query.since)) &&
    at < (query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until))
  );
}

/** Who acted, and the users that it is about. */
function peopleIn({ by, about }: AdministrationEntry): string[] {
  return [by, ...about.filter((one) => one.startsWith("user ")).map((one) => one.slice("user ".length))];
}

/** Digests of keys, of sign-ins and of persons are nobody's to read. */
function told({ instance: _, fact, time: at, ...entry }: AdministrationEntry): Json {
  const open = Object.entries(fact).filter(([name]) => !["digest", "subject", "person"].includes(name));
  return { ...entry, time: timeText(at), fact: Object.fromEntries(open) };
}
