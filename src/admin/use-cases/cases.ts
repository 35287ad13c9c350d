import { SealwayError } from "../../core/errors.ts";
import { memberOf, parseClientId } from "../../core/ids.ts";
import type { Asked, Route } from "../api/route.ts";
import { cursor, demanded, identifier, line, list, orNull, whole } from "../api/shapes.ts";
import type { CaseKind, ToldCase } from "../case-desk.ts";
import { seenMembers, shownMembers } from "./shown-members.ts";

const cases = whole({
  cases: list({ type: "object", required: ["id", "own", "side"] }),
  cursor: orNull(cursor),
});
/** Newest first. The cursor says how many are older. */
const query = demanded({ case: identifier, cursor: { type: "string", pattern: "^\\d{1,15}$" } });
const reads = { scope: "records", audit: "read", people: 1 } as const;

const kinds: readonly (readonly [kind: CaseKind, summary: string])[] = [
  ["feedback", "Reports on data that members got or disclosed"],
  ["corrections", "Notices that disclosed data was wrong, and what became of them"],
  ["inquiries", "Inquiries of persons about exchanges"],
];

/** The cases of the caller's members, which name nobody; and, with a reason, what people wrote in one, and about whom. */
export const caseRoutes: readonly Route[] = kinds.flatMap(([kind, summary]): Route[] => [
  {
    ...{ method: "GET", path: `/${kind}`, summary, ...reads, personal: "none", query, answer: cases },
    allowed: ["auditor", "data-protection-officer", "approver", "observer"],
    run: async (asked) => {
      const { case: id, ...from } = asked.query;
      const wanted = { ...from, ...(id !== undefined && { id }), members: seenMembers(asked) };
      const { cases: own, cursor: next } = await asked.services.cases.list(kind, wanted);
      const members = [...new Set(own.map(memberIn))];
      const about = [id === undefined ? kind : `${kind} ${id}`];
      const read = { member: members.length === 1 ? members[0]! : null, about, results: own.length };
      return { body: { cases: own.map(({ told }) => told), cursor: next }, read };
    },
  },
  {
    ...{ method: "POST", path: `/${kind}/:case/reading`, ...reads, personal: "always" },
    ...{ summary: "What people wrote, and about whom", answer: { type: "object" } },
    allowed: ["auditor", "data-protection-officer"],
    body: demanded({ own: identifier, reason: line }, ["reason"]),
    run: async (asked) => {
      const one = await caseIn(asked, kind, await shownMembers(asked));
      const texts = await asked.services.cases.texts(kind, one);
      const about = [`${kind} ${one.id}`, one.own];
      return { body: texts, read: { member: memberIn(one), about, results: 1 } };
    },
  },
]);

/** Sides that have the texts: the other party of an exchange is told of an inquiry, not what it says. */
const untold = "other";

/**
 * The case that a path names, of some members: `own` of the body tells apart those of several subsystems.
 * @param side that it must be
 * @throws SealwayError `nothing_here`
 */
export async function caseIn(
  { body, params, services }: Asked,
  kind: CaseKind,
  members: ReadonlySet<string>,
  side?: string,
): Promise<ToldCase> {
  const { cases } = await services.cases.list(kind, { id: params.case!, members });
  const found = cases.find((one) => {
    const isMeant = body.own === undefined || one.own === body.own;
    return isMeant && one.side !== untold && (side === undefined || one.side === side);
  });
  if (found === undefined) throw noCase();
  return found;
}

export function memberIn({ own }: ToldCase): string {
  return memberOf(parseClientId(own));
}

export function noCase(): SealwayError {
  return new SealwayError("nothing_here", "no such case of the caller's members");
}
