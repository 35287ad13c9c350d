import type { RecordsDesk, RecordsQuestion } from "../../admin/admin-services.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { buildEvidencePackage } from "../../messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../messagelog/evidence/evidence-package-collect.ts";
import { describeQuery } from "../../messagelog/search/describe-query.ts";
import type { BuildProgress } from "../../messagelog/search/index-builder.ts";
import { resultOf } from "../../messagelog/search/result.ts";
import type { SearchQuery } from "../../messagelog/search/search-query.ts";
import type { SearchRow } from "../../messagelog/search/search-row.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import { openEvidence } from "../open-evidence.ts";
import { type OpenedSearch, openSearch } from "../open-search.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** Of what was asked, as much is recorded: a person has a search tag for each key that there was. */
const mostAsked = 500;

/** Searches and packages at once; one more is refused: the log is others', too. */
const mostAtOnce = 4;

/**
 * Reads a server's log for people who may see some members' records. The log is opened anew each time: a restriction or
 * an erasure of this moment counts.
 */
export function recordsDesk(
  configuration: ServerConfiguration,
  progress: (progress: BuildProgress) => void,
): RecordsDesk {
  let running = 0;
  const inTurn = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (running >= mostAtOnce) throw new SealwayError("overloaded", "the log is being searched already");
    running++;
    try {
      return await work();
    } finally {
      running--;
    }
  };
  const searching = <Answer>(
    members: ReadonlySet<string>,
    work: (opened: OpenedSearch) => Promise<Answer>,
  ): Promise<Answer> =>
    inTurn(async () => {
      const shows = ({ member }: SearchRow) => members.has(member);
      const opened = await openSearch(configuration, progress, shows);
      try {
        return await work(opened);
      } finally {
        opened.close();
      }
    });
  const rowOf = (exchange: string, members: ReadonlySet<string>) =>
    searching(members, async ({ search }) => {
      const page = await search.page({ query: { exchangeId: exchange }, order: "oldest", limit: 1 });
      return page.rows[0];
    });
  return {
    search: (question) => searching(question.members, (opened) => answer(opened, question)),
    memberOf: async (exchange, members) => (await rowOf(exchange, members))?.member,
    evidence: async (exchange, member, heads) => {
      const row = await rowOf(exchange, new Set([member]));
      if (row === undefined) return undefined;
      return inTurn(() => packageOf(configuration, exchange, row.role, heads));
    },
  };
}

async function answer(opened: OpenedSearch, question: RecordsQuestion) {
  const query = await queryOf(opened, question);
  const { limit, cursor } = question;
  const page = await opened.search.page({ query, order: "newest", limit, cursor });
  const results: Json[] = [];
  for (const row of page.rows) {
    // A query id is the consumer's own words, and may name somebody.
    const {
      queryId: _,
      other: __,
      ...result
    } = await resultOf({ row, other: undefined }, { own: opened.states, beside: undefined });
    results.push(result as unknown as Json);
  }
  const asked = describeQuery(query);
  const more = asked.length > mostAsked ? [`${asked.length - mostAsked} more`] : [];
  return { results, cursor: page.cursor, asked: [...asked.slice(0, mostAsked), ...more] };
}

async function queryOf(opened: OpenedSearch, { filters, person }: RecordsQuestion): Promise<SearchQuery> {
  const { since, until, ...same } = filters;
  const times = {
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
  const tags = person && (await opened.tagsOf(person, times.since));
  return { ...(same as SearchQuery), ...times, tags };
}

async function packageOf(
  configuration: ServerConfiguration,
  exchange: string,
  role: "consumer" | "provider",
  heads: "shown" | "withheld",
): Promise<Buffer | undefined> {
  const reader = await openEvidence(configuration);
  try {
    const shown = heads === "shown" ? "shown" : { openings: [] };
    const anchor = await loadAnchor(configuration.anchor);
    const collected = await collectEvidence(reader, exchange, anchor, { role, heads: shown });
    if (collected.outcome === "not-sealed")
      throw new SealwayError("evidence_pending", "the exchange waits for its time-stamp");
    return collected.outcome === "collected" ? await buildEvidencePackage(collected.parts) : undefined;
  } finally {
    reader.close();
  }
}
