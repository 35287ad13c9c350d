import { IndexBuilder } from "../../../src/messagelog/search/index-builder.ts";
import { SegmentFiles } from "../../../src/messagelog/search/segment-files.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";

/* Builds the index of a log again and again until it is killed; a line for each write that it begins. */
const [location, index] = process.argv.slice(2);

class ToldFiles extends SegmentFiles {
  override publish(first: number, last: number, parts: readonly Buffer[]): boolean {
    process.stdout.write(`${first}\n`);
    return super.publish(first, last, parts);
  }
}

const files = new ToldFiles(index!);
for (;;) {
  const builder = new IndexBuilder(openLogReader(location!), files);
  await builder.advance();
  builder.close();
  files.clear();
}
