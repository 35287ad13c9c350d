import { join } from "node:path";
import { systemClock } from "../core/clock.ts";
import { readRestrictions } from "../exchange/restriction-document.ts";
import { coverableRow } from "../exchange/restriction-of.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import { erasedKeys } from "../messagelog/retention/erasure-statement.ts";
import { AccessSpool } from "../messagelog/search/access-spool.ts";
import { AnswerStatus } from "../messagelog/search/answer-status.ts";
import type { BuildProgress } from "../messagelog/search/index-builder.ts";
import { LogSearch } from "../messagelog/search/log-search.ts";
import { SealedState } from "../messagelog/search/sealed-state.ts";
import type { SoughtTag } from "../messagelog/search/search-query.ts";
import type { SearchRow } from "../messagelog/search/search-row.ts";
import { type SoughtPerson, soughtTags, tagsOfAll } from "../messagelog/search/sought-person.ts";
import { type LogConfiguration, openReader } from "./log-store.ts";
import { openServerVault, type VaultPlace } from "./open-vault.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { spellingsIn } from "./spellings.ts";

/** A server's log, open for searching beside the running server or without it. */
export interface OpenedSearch {
  readonly search: LogSearch;
  readonly states: SealedState;
  /** The tags by which a person is found, however spelled. @param since milliseconds; undefined from the beginning */
  tagsOf(person: SoughtPerson, since: number | undefined): Promise<SoughtTag[]>;
  close(): void;
}

/** Where the search index of a server lies. */
export function searchDirectory(stateDirectory: string): string {
  return join(stateDirectory, "search");
}

/** Where reads of the log wait until the server takes them up. */
export function openAccessSpool({
  stateDirectory,
}: Pick<ServerConfiguration, "stateDirectory">): AccessSpool {
  return new AccessSpool(join(stateDirectory, "access"));
}

/**
 * @param progress told when the index is built first
 * @param members whose rows whoever searches may know of; all unless told
 * @throws MasterKeyError; errors of the file system and the store when there is no log
 */
export async function openSearch(
  configuration: LogConfiguration & VaultPlace,
  progress: (progress: BuildProgress) => void,
  members?: ReadonlySet<string>,
): Promise<OpenedSearch> {
  const { stateDirectory } = configuration;
  const reader = openReader(configuration);
  // A vault that was put back from a backup may hold keys that are destroyed: nobody is found by them.
  const vault = await openServerVault(configuration, new Set((await erasedKeys(reader)).keys()));
  const heads = new AnswerStatus(reader, vault);
  const restrictions = await readRestrictions(reader, vault);
  const hides = (row: SearchRow) => restrictions.covering(coverableRow(row), systemClock.now()) !== undefined;
  const search = new LogSearch({
    reader,
    directory: searchDirectory(stateDirectory),
    heads,
    ...{ hides, members, progress },
  });
  return {
    search,
    states: new SealedState(reader),
    tagsOf: async (person, since) => {
      const [values, first] = [await spellingsIn(reader, person), since ?? (await beginningOf(reader))];
      const { scheme } = person;
      const tags = values.map((value) =>
        soughtTags(vault, { scheme, value }, first, systemClock.now(), tagsOfAll),
      );
      return (await Promise.all(tags)).flat();
    },
    close: () => {
      search.close();
      reader.close();
    },
  };
}

/** The time of the log's first record. */
async function beginningOf(reader: LogReader): Promise<number> {
  for (const { writer, number } of await reader.writers()) {
    if (number === 0) continue;
    for await (const [record] of reader.records({ writer, first: 1, last: 1 })) {
      if (record !== undefined) return record.time;
    }
  }
  return systemClock.now();
}
