import { openReader } from "../assembly/log-store.ts";
import { searchDirectory } from "../assembly/open-search.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { IndexBuilder } from "../messagelog/search/index-builder.ts";
import { SegmentFiles } from "../messagelog/search/segment-files.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { tellProgress } from "./log-query.ts";

export const summary = "Builds the search index of a security server's log anew";

export const description =
  "The index is derived from the log. What is missing or damaged of it is built by itself; this is for an index that " +
  "is not trusted. Works beside the running server or without it.";

export const flags = [configFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const configuration = await loadServerConfiguration(given.config);
  const reader = openReader(configuration);
  const files = new SegmentFiles(searchDirectory(configuration.stateDirectory));
  const builder = new IndexBuilder(reader, files);
  try {
    files.clear();
    await builder.advance(tellProgress);
    process.stdout.write(`${files.list().length} segments\n`);
    return exitCodes.ok;
  } finally {
    builder.close();
    reader.close();
  }
}
