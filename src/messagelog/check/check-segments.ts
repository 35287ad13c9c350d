import { existsSync } from "node:fs";
import { basename } from "node:path";
import { SegmentFiles } from "../search/segment-files.ts";
import { SegmentDamagedError, SegmentReader } from "../search/segment-reader.ts";
import type { Damage } from "./damage.ts";

/**
 * Reads every segment of the search index once and compares its checksums. What they hold is made of the log and can
 * be made again; as long as it is damaged, a search may build it anew or find less.
 * @param directory of the index; there may be none
 */
export function checkSegments(directory: string): Damage[] {
  if (!existsSync(directory)) return [];
  return new SegmentFiles(directory).list().flatMap(({ path }) => {
    try {
      const segment = new SegmentReader(path);
      try {
        segment.check();
      } finally {
        segment.close();
      }
      return [];
    } catch (error) {
      // Taken into a larger one meanwhile.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      if (!(error instanceof SegmentDamagedError)) throw error;
      const detail = error.message.slice(path.length + 2);
      return [{ kind: "segment-damaged", detail: `${basename(path)}: ${detail}` }];
    }
  });
}
