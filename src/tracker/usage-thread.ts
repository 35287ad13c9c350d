import { setImmediate as giveWay } from "node:timers/promises";
import type { ClientId } from "../core/ids.ts";
import { memberOf } from "../core/ids.ts";
import type { DeskTools } from "../messagelog/desk/desk-questions.ts";
import type { LogReader, RecordName, StoredRecord } from "../messagelog/message-store.ts";
import type { OutlinedRow } from "../messagelog/search/outline.ts";
import type { SoughtTag } from "../messagelog/search/search-query.ts";
import { soughtTags } from "../messagelog/search/sought-person.ts";
import type { ListingRule, Viewer } from "./disclosure-rule.ts";
import { KeptDescriptions, listingRule, ruleKey } from "./kept-descriptions.ts";
import { serializePlace } from "./list-place.ts";
import { readUse, type Use } from "./read-use.ts";
import { searchableSince } from "./searchable-since.ts";
import { accountOf } from "./signed-account.ts";
import { type ListEntry, type ListPage, type ListTerms, listUses, pageOf } from "./use-list.ts";

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
  /** Milliseconds; `until` is not included. */
  readonly since: number | null;
  readonly until: number;
  readonly now: number;
  readonly page: ListPage;
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
  return tools.search((search) =>
    search.outlined(query, async (rows) => {
      const list = listUses(rows, await termsOf(rows, question, tools.log));
      const { entries, next } = pageOf(list, question.page);
      const short = new Set(tags.map(({ tag }) => tag));
      return {
        ...{ since, tags: [...short], total: list.length },
        entries: await told(tools.log, entries, short),
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
  const tags = await Promise.all(values.map((value) => soughtTags(vault, { scheme, value }, since, now)));
  return tags.flat();
}

/**
 * Of a purpose that nothing knows any more nobody said that a representative may see it: a description was lost, or a
 * refused call named a purpose that never was.
 */
const unknownPurpose: readonly ListingRule[] = [{ protectsFromRepresentative: true }];

/** What the catalogue says now; of purposes that it does not have any more, what was said when they were used last. */
async function termsOf(
  rows: readonly OutlinedRow[],
  { viewer, now, rules }: UsesQuestion,
  log: LogReader,
): Promise<ListTerms> {
  const last = new Map<string, OutlinedRow>();
  for (const row of rows) {
    if (row.purpose === null) continue;
    const key = ruleKey(row.service ?? "", idOf(row.purpose));
    if (!rules.has(key) && row.time > (last.get(key)?.time ?? 0)) last.set(key, row);
  }
  const kept = new Map<string, readonly ListingRule[]>();
  for (const [key, row] of last) kept.set(key, await rulesThen(row, log));
  const rulesOf = (service: string, purpose: string) => {
    const key = ruleKey(service, idOf(purpose));
    return rules.get(key) ?? kept.get(key) ?? unknownPurpose;
  };
  return { viewer, now, rulesOf };
}

async function rulesThen(row: OutlinedRow, log: LogReader): Promise<readonly ListingRule[]> {
  const request = await recordAt(log, row.whole().request);
  const description = await descriptionsOf(log).of(describedIn(request));
  const purpose = description?.purposes?.find(({ id }) => id === idOf(row.purpose ?? ""));
  return purpose === undefined ? unknownPurpose : [listingRule(purpose)];
}

/** @param purpose `id#revision` */
function idOf(purpose: string): string {
  return purpose.slice(0, purpose.lastIndexOf("#"));
}

/** Records that are read before the thread looks at other questions. */
const atOnce = 64;

async function told(
  log: LogReader,
  entries: readonly ListEntry[],
  tags: ReadonlySet<string>,
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
    const answer = await recordAt(log, row.answer);
    const description = await descriptionsOf(log).of(describedIn(request));
    found.push(readUse({ row, request, answer, description, tags, unit: entry.unit }));
    if (found.length % atOnce === 0) await giveWay();
  }
  return found;
}

function describedIn(request: StoredRecord | undefined): string | null {
  return accountOf(request).service?.sha256 ?? null;
}

/** Undefined for one that is gone: its time was over, or the log is damaged. */
async function recordAt(log: LogReader, name: RecordName | null): Promise<StoredRecord | undefined> {
  if (name === null) return undefined;
  const { writer, number } = name;
  for await (const [record] of log.records({ writer, first: number, last: number })) return record;
  return undefined;
}

const known = new WeakMap<LogReader, KeptDescriptions>();

function descriptionsOf(log: LogReader): KeptDescriptions {
  const before = known.get(log) ?? new KeptDescriptions(log);
  known.set(log, before);
  return before;
}
