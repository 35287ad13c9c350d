import { SealwayError } from "../../core/errors.ts";
import type { RecordsQuestion } from "../admin-services.ts";
import { isInForce } from "../administration/state.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { count, cursor, demanded, identifier, line, list, orNull, time, uuid, whole } from "../api/shapes.ts";
import { reachOf, recordsReached } from "../roles.ts";

/** As `sealway log search` has them. */
const filters = {
  ...{ exchangeId: uuid, consumer: identifier, provider: identifier, service: identifier },
  ...{ purpose: identifier, agreement: identifier, code: identifier, since: time, until: time },
  role: { type: "string", enum: ["consumer", "provider"] },
  outcome: { type: "string", enum: ["answered", "refused", "failed", "open"] },
  verdict: { type: "string", enum: ["permit", "deny", "none"] },
};
const paging = { limit: count, cursor };
const page = whole({ results: list({ type: "object" }), cursor: orNull(cursor) });
const person = whole({ scheme: identifier, value: { type: "string", minLength: 1, maxLength: 300 } });
const usual = { scope: "records", audit: "read", people: 1 } as const;

export const recordRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/exchanges", summary: "Searches the log; shows metadata", ...usual },
    ...{ allowed: ["auditor", "data-protection-officer", "observer"], personal: "none" },
    ...{ query: demanded({ ...filters, ...paging }), answer: page },
    run: (asked) => search(asked, asked.query, undefined, recordsReached(asked.reach, asked.services.owner)),
  },
  {
    ...{ method: "POST", path: "/exchanges/search", summary: "Searches the log for a person", ...usual },
    ...{ allowed: ["auditor", "data-protection-officer"], personal: "always", answer: page },
    body: demanded({ ...filters, ...paging, person, reason: line }, ["person", "reason"]),
    run: async (asked) => {
      const { person: sought, reason: _, ...rest } = asked.body;
      const { scheme, value } = sought as { readonly scheme: string; readonly value: string };
      const members = await shownMembers(asked);
      return search(asked, rest as Record<string, string>, { scheme, value }, members);
    },
  },
  {
    ...{ method: "POST", path: "/exchanges/:exchange/evidence", ...usual },
    summary:
      "The evidence package of an exchange; with heads, which hold personal data, where that is allowed",
    ...{ allowed: ["auditor", "data-protection-officer"], personal: "when-asked", answer: "application/zip" },
    body: demanded({ heads: { type: "string", enum: ["shown", "withheld"] }, reason: line }, [
      "heads",
      "reason",
    ]),
    run: evidence,
  },
];

async function search(
  asked: Asked,
  given: Readonly<Record<string, string>>,
  sought: RecordsQuestion["person"],
  members: ReadonlySet<string>,
): Promise<Answered> {
  const { limit = "50", cursor: from, ...wanted } = given;
  const question = { filters: wanted, person: sought, members, limit: Number(limit), cursor: from };
  const { results, cursor: next, asked: what } = await asked.services.records.search(question);
  const member = members.size === 1 ? [...members][0]! : null;
  const read = { member, about: what, results: results.length };
  return { body: { results, cursor: next }, read };
}

async function evidence(asked: Asked): Promise<Answered> {
  const { body, params, reach, services } = asked;
  const exchange = params.exchange!;
  const isWhole = body.heads === "shown";
  const members = isWhole ? await shownMembers(asked) : recordsReached(reach, services.owner);
  const member = await services.records.memberOf(exchange, members);
  const bytes = member && (await services.records.evidence(exchange, member, isWhole ? "shown" : "withheld"));
  if (member === undefined || bytes === undefined)
    throw new SealwayError("nothing_here", "no such exchange in the records that are open to the caller");
  return {
    file: { type: "application/zip", name: `${exchange}.zip`, bytes: bytes as Buffer },
    read: { member, about: [`exchange ${exchange}`, `heads ${body.heads}`], results: 1 },
  };
}

/**
 * Whose personal data the caller may see: the members of whom they are data protection officer, and those for which they
 * have a mandate as an auditor.
 * @throws SealwayError `mandate_missing` when there is none
 */
async function shownMembers({ caller, services, now }: Asked): Promise<ReadonlySet<string>> {
  const { assignments, user } = caller;
  const reached = (role: "auditor" | "data-protection-officer") =>
    recordsReached(reachOf(assignments, [role]), services.owner);
  const audited = reached("auditor");
  const mandated = [...(await services.book.state()).mandates.values()].filter(
    (one) => one.auditor === user.id && audited.has(one.member) && isInForce(one, now),
  );
  const members = new Set([...reached("data-protection-officer"), ...mandated.map(({ member }) => member)]);
  if (members.size === 0) throw new SealwayError("mandate_missing", "no mandate is in force for the caller");
  return members;
}
