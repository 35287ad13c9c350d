import { setImmediate as giveWay } from "node:timers/promises";
import type { Text } from "../catalogue/vocabulary.ts";
import type { ClientId } from "../core/ids.ts";
import { memberOf } from "../core/ids.ts";
import { readRestrictions } from "../exchange/restriction-document.ts";
import type { DeskTools } from "../messagelog/desk/desk-questions.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { SoughtTag } from "../messagelog/search/search-query.ts";
import { soughtTags, tagsOfAll } from "../messagelog/search/sought-person.ts";
import type { ListingRule, Viewer } from "./disclosure-rule.ts";
import { leaveOutRestricted, leaveOutRestrictedTrials } from "./is-shown.ts";
import { descriptionsOf } from "./kept-descriptions.ts";
import { serializePlace } from "./list-place.ts";
import { readUse, type Use } from "./read-use.ts";
import { recordAt } from "./record-at.ts";
import { type RowRules, rowRules } from "./row-rules.ts";
import { searchableSince } from "./searchable-since.ts";
import { type ListEntry, type ListPage, listUses, pageOf } from "./use-list.ts";

/*
 * What the log is asked for a person's list, in the thread beside the traffic: finding ten thousand uses, judging and
 * telling them must not keep requests waiting.
 */

export interface UsesQuestion {
  /** Every spelling under which records may name the person. */
  readonly person: { readonly scheme: string; readonly values: readonly string[] };
  /** The subsystem asked. */
  readonly provider: ClientId;
  readonly viewer: Viewer;
  /** Of the purposes of services that the catalogue has now, by `ruleKey`. */
  readonly rules: ReadonlyMap<string, readonly ListingRule[]>;
  /** Of those services, for dry runs of them. */
  readonly titles: ReadonlyMap<string, Text>;
  /** Milliseconds; `until` is not included. */
  readonly since: number | null;
  readonly until: number;
  readonly now: number;
  readonly page: ListPage;
  /** What is read of each use on the page: an answer says whom it named, and what was cut off it. */
  readonly records: "requests" | "both";
}

export interface Group {
  readonly kind: "group";
  readonly month: string;
  readonly receiver: string;
  readonly count: number;
}

export interface FoundUses {
  /** From when on it was looked: the question's `since`, or where the log begins. */
  readonly since: number;
  /** By which the person was sought: for the record of the reading. */
  readonly tags: readonly string[];
  readonly total: number;
  readonly entries: readonly (Use | Group)[];
  /** A place; null behind the last page. */
  readonly cursor: string | null;
}

export type UsageQuestion =
  | { readonly kind: "uses"; readonly uses: UsesQuestion }
  | { readonly kind: "since"; readonly provider: ClientId; readonly now: number };

/** Answers what the thread is asked. */
export async function answer(tools: DeskTools, question: UsageQuestion): Promise<FoundUses | number> {
  return question.kind === "uses"
    ? findUses(tools, question.uses)
    : searchableSince(tools, memberOf(question.provider), question.now);
}

async function findUses(tools: DeskTools, question: UsesQuestion): Promise<FoundUses> {
  const { provider, until, now } = question;
  const first = await searchableSince(tools, memberOf(provider), now);
  const since = Math.max(first, question.since ?? first);
  const tags = await tagsOf(tools, question, since);
  const query = { tags, role: "provider", provider, since, until } as const;
  const restrictions = await readRestrictions(tools.log, tools.vault);
  return tools.search((search) =>
    search.outlined(query, async (found) => {
      const open = leaveOutRestricted(found, restrictions, now);
      const { rulesOf, tried } = await rowRules(open, question.rules, tools);
      const rows = leaveOutRestrictedTrials(open, tried, restrictions, now);
      const list = listUses(rows, { viewer: question.viewer, now, rulesOf });
      const { entries, next } = pageOf(list, question.page);
      const short = new Set(tags.map(({ tag }) => tag));
      return {
        ...{ since, tags: [...short], total: list.length },
        entries: await told(tools.log, entries, { ...question, tags: short, tried }),
        cursor: next && serializePlace(next),
      };
    }),
  );
}

async function tagsOf(
  { vault }: DeskTools,
  { person, now }: UsesQuestion,
  since: number,
): Promise<SoughtTag[]> {
  const { scheme, values } = person;
  const tags = await Promise.all(
    values.map((value) => soughtTags(vault, { scheme, value }, since, now, tagsOfAll)),
  );
  return tags.flat();
}

/** Records that are read before the thread looks at other questions. */
const atOnce = 64;

interface ToldBy extends Pick<RowRules, "tried">, Pick<UsesQuestion, "records" | "titles"> {
  readonly tags: ReadonlySet<string>;
}

async function told(
  log: LogReader,
  entries: readonly ListEntry[],
  { records, tags, tried, titles }: ToldBy,
): Promise<(Use | Group)[]> {
  const found: (Use | Group)[] = [];
  for (const entry of entries) {
    if (entry.kind === "group") {
      const { kind, month, receiver, count } = entry;
      found.push({ kind, month, receiver, count });
      continue;
    }
    const row = entry.row.whole();
    const request = await recordAt(log, row.request);
    const answer = records === "requests" ? undefined : await recordAt(log, row.answer);
    const description = await descriptionsOf(log).describing(request);
    const service = tried.get(entry.row);
    const about = service === undefined ? undefined : { id: service, title: titles.get(service) };
    found.push(readUse({ row, request, answer, description, tags, unit: entry.unit, tried: about }));
    if (found.length % atOnce === 0) await giveWay();
  }
  return found;
}
