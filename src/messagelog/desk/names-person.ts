import { isUuidV7 } from "../../core/uuid.ts";
import type { LogReader } from "../message-store.ts";
import type { SoughtTag } from "../search/search-query.ts";
import { shortTag } from "../search/search-row.ts";
import { parseSearchTags } from "../search-tags.ts";

export interface NamesPersonQuestion {
  readonly exchangeId: string;
  readonly tags: readonly SoughtTag[];
}

/** Whether a record of an exchange names a person; not for an unknown id. */
export async function namesPerson(
  log: Pick<LogReader, "find">,
  { exchangeId, tags }: NamesPersonQuestion,
): Promise<boolean> {
  if (!isUuidV7(exchangeId)) return false;
  const wanted = new Set(tags.map(({ tag }) => tag));
  const records = await log.find(exchangeId);
  return records.some((record) => parseSearchTags(record.tags).some(({ tag }) => wanted.has(shortTag(tag))));
}
