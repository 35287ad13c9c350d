import { SealwayError } from "../../core/errors.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { count, cursor, demanded, identifier, line, list, orNull, time, uuid, whole } from "../api/shapes.ts";
import type { RecordsQuestion } from "../records-desk.ts";
import { seenMembers, shownMembers } from "./shown-members.ts";

const milliseconds = { type: "string", pattern: "^\\d{1,10}$" };

/** As `sealway log search` has them. */
const filters = {
  ...{ exchangeId: uuid, consumer: identifier, provider: identifier, service: identifier },
  ...{ purpose: identifier, agreement: identifier, code: identifier, since: time, until: time },
  role: { type: "string", enum: ["consumer", "provider"] },
  outcome: { type: "string", enum: ["answered", "refused", "failed", "open"] },
  verdict: { type: "string", enum: ["permit", "deny", "none"] },
  ...{ slower: milliseconds, faster: milliseconds },
};
/** What depends on a person, or may name one. */
const personalFilters = {
  person: whole({ scheme: identifier, value: { type: "string", minLength: 1, maxLength: 300 } }),
  queryId: { type: "string", minLength: 1, maxLength: 200, pattern: "^[\\x20-\\x7e]+$" },
  status: { type: "string", pattern: "^[1-5](?:xx|\\d\\d)$" },
  permission: { type: "string", pattern: "^[A-Za-z0-9_-]{43}$" },
};
const personal = Object.keys(personalFilters);
const paging = { order: { type: "string", enum: ["newest", "oldest"] }, limit: count, cursor };
const page = whole({ results: list({ type: "object" }), cursor: orNull(cursor) });
const usual = { scope: "records", audit: "read", people: 1 } as const;

export const recordRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/exchanges", summary: "Searches the log; shows metadata", ...usual },
    ...{ allowed: ["auditor", "data-protection-officer", "observer"], personal: "none" },
    ...{ query: demanded({ ...filters, ...paging }), answer: page },
    run: (asked) => search(asked, asked.query, seenMembers(asked)),
  },
  {
    ...{ method: "POST", path: "/exchanges/search", ...usual, personal: "always", answer: page },
    summary: "Searches the log for a person, or by what may tell of one",
    allowed: ["auditor", "data-protection-officer"],
    body: demanded({ ...filters, ...personalFilters, ...paging, reason: line }, ["reason"]),
    run: async (asked) => {
      const { reason: _, ...given } = asked.body;
      if (!personal.some((name) => name in given))
        throw new SealwayError("invalid_parameter", `the body: one of ${personal.join(", ")} is missing`);
      return search(asked, given as Given, await shownMembers(asked));
    },
  },
  {
    ...{ method: "POST", path: "/exchanges/export", ...usual, personal: "when-asked" },
    ...{ allowed: ["auditor", "data-protection-officer"], answer: "application/zip" },
    summary: "What a search finds, as a list with the first page of its custody log",
    body: demanded(
      { ...filters, ...personalFilters, format: { type: "string", enum: ["csv", "jsonl"] }, reason: line },
      ["format", "reason"],
    ),
    run: exported,
  },
];

/** As the schemas have it. */
type Given = Readonly<Record<string, string>> & { readonly person?: RecordsQuestion["person"] };

async function search(asked: Asked, given: Given, members: ReadonlySet<string>): Promise<Answered> {
  const { limit = "50", cursor: from, order = "newest", person, ...wanted } = given;
  const {
    results,
    cursor: next,
    asked: what,
  } = await asked.services.records.search({
    ...{ filters: wanted, person, members, cursor: from, limit: Number(limit) },
    order: order === "oldest" ? "oldest" : "newest",
  });
  const read = { member: onlyOne(members), about: what, results: results.length };
  return { body: { results, cursor: next }, read };
}

async function exported(asked: Asked): Promise<Answered> {
  const { format, reason, ...given } = asked.body;
  const { person, ...wanted } = given as Given;
  const isPersonal = personal.some((name) => name in given);
  const members = isPersonal ? await shownMembers(asked) : seenMembers(asked);
  const { caller, services } = asked;
  const {
    asked: what,
    bytes,
    count: results,
    sha256,
  } = await services.exchanges.export({
    ...{ filters: wanted, person, members },
    format: format === "jsonl" ? "jsonl" : "csv",
    custody: { user: caller.user.id, name: caller.user.name, reason: String(reason) },
  });
  return {
    file: { type: "application/zip", name: "exchanges.zip", bytes },
    read: { member: onlyOne(members), about: ["export", ...what, `sha256=${sha256}`], results },
  };
}

function onlyOne(members: ReadonlySet<string>): string | null {
  return members.size === 1 ? [...members][0]! : null;
}
