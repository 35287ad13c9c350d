import { type KeyPart, keySpans } from "../key-purpose.ts";
import { searchTag } from "../search-tags.ts";
import type { KeyVault } from "../vault.ts";
import type { SoughtTag } from "./search-query.ts";
import { shortTag } from "./search-row.ts";

/** A person or organisation, as a service description names the scheme. */
export interface SoughtPerson {
  readonly scheme: string;
  /** Normalised. */
  readonly value: string;
}

/**
 * The search tags of a person under every key that still lives. Where a key was destroyed nobody is found any more.
 * @param since the log's beginning, or what is sought at the earliest; milliseconds
 * @param now milliseconds
 * @param parts whose caller names `tagsOfAll` leaves out of what it finds what restrictions hide
 */
export async function soughtTags(
  vault: Pick<KeyVault, "keysOf" | "find">,
  { scheme, value }: SoughtPerson,
  since: number,
  now: number,
  parts: readonly KeyPart[] = ["tags"],
): Promise<SoughtTag[]> {
  const { start, end } = keySpans.tags;
  const tags: SoughtTag[] = [];
  for (let quarter = start(since); quarter <= now; quarter = end(quarter)) {
    for (const { id, member, part } of await vault.keysOf(quarter)) {
      if (!parts.includes(part)) continue;
      const found = await vault.find(id, member);
      if (found.state !== "present") continue;
      tags.push({
        tag: shortTag(searchTag(found.key, scheme, value)),
        since: quarter - slack,
        until: end(quarter) + slack,
      });
    }
  }
  return tags;
}

/** Of ordinary records, and of those that a restriction covered when they were made. */
export const tagsOfAll: readonly KeyPart[] = ["tags", "sealed-tags"];

/** Clocks of records and keys are the same; a day more costs nothing and forgives a clock that was set. */
const slack = 24 * 60 * 60 * 1000;
