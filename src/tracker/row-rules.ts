import type { DeskTools } from "../messagelog/desk/desk-questions.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { OutlinedRow } from "../messagelog/search/outline.ts";
import { requestTarget } from "../messagelog/search/request-target.ts";
import { isDryRun } from "../policy/is-dry-run.ts";
import type { ListingRule } from "./disclosure-rule.ts";
import { triedService } from "./dry-run.ts";
import { descriptionsOf, listingRule, ruleKey } from "./kept-descriptions.ts";
import { recordAt } from "./record-at.ts";

/** By which rules rows are listed. */
export interface RowRules {
  rulesOf(row: OutlinedRow): readonly ListingRule[];
  /** The services that dry runs were about, where their heads still tell. */
  readonly tried: ReadonlyMap<OutlinedRow, string>;
}

/**
 * Of a purpose that nothing knows any more nobody said that a representative may see it: a description was lost, or a
 * refused call named a purpose that never was.
 */
const unknownPurpose: readonly ListingRule[] = [{ protectsFromRepresentative: true }];

/**
 * What the catalogue says now; of purposes that it does not have any more, what was said when they were used last. For
 * which purpose a dry run was no record says: it appears as that of the service's purposes that tells the least.
 * @param rules of the catalogue, by `ruleKey`
 */
export async function rowRules(
  rows: readonly OutlinedRow[],
  rules: ReadonlyMap<string, readonly ListingRule[]>,
  tools: Pick<DeskTools, "log" | "vault">,
): Promise<RowRules> {
  const tried = new Map<OutlinedRow, string>();
  const last = new Map<string, OutlinedRow>();
  for (const row of rows) {
    if (isDryRun(row.service ?? "")) {
      const service = await triedBy(row, tools);
      if (service !== undefined) tried.set(row, service);
    } else if (row.purpose !== null) {
      const key = keyOf(row, row.purpose);
      if (!rules.has(key) && row.time > (last.get(key)?.time ?? 0)) last.set(key, row);
    }
  }
  const kept = new Map<string, readonly ListingRule[]>();
  for (const [key, row] of last) kept.set(key, await rulesThen(row, tools.log));
  const byService = Map.groupBy(rules, ([key]) => key.slice(0, key.indexOf(" ")));
  const rulesOf = (row: OutlinedRow) => {
    const service = tried.get(row);
    if (service !== undefined) return (byService.get(service) ?? []).flatMap(([, each]) => each);
    if (isDryRun(row.service ?? "")) return unknownPurpose;
    if (row.purpose === null) return [];
    const key = keyOf(row, row.purpose);
    return rules.get(key) ?? kept.get(key) ?? unknownPurpose;
  };
  return { rulesOf, tried };
}

function keyOf({ service }: OutlinedRow, purpose: string): string {
  return ruleKey(service ?? "", idOf(purpose));
}

/** @param purpose `id#revision` */
function idOf(purpose: string): string {
  return purpose.slice(0, purpose.lastIndexOf("#"));
}

async function triedBy(
  row: OutlinedRow,
  { log, vault }: Pick<DeskTools, "log" | "vault">,
): Promise<string | undefined> {
  const request = await recordAt(log, row.whole().request);
  return request && triedService(row.service ?? "", await requestTarget(vault, request));
}

async function rulesThen(row: OutlinedRow, log: LogReader): Promise<readonly ListingRule[]> {
  const request = await recordAt(log, row.whole().request);
  const description = await descriptionsOf(log).describing(request);
  const purpose = description?.purposes?.find(({ id }) => id === idOf(row.purpose ?? ""));
  return purpose === undefined ? unknownPurpose : [listingRule(purpose)];
}
