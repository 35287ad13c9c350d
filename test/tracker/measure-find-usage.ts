import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monotonic, systemClock } from "../../src/core/clock.ts";
import type { ClientId } from "../../src/core/ids.ts";
import { benchTag, rowOf, SyntheticTraffic } from "../../src/dev/bench/log-bench-traffic.ts";
import { median } from "../../src/dev/bench/measurement.ts";
import type { DeskTools } from "../../src/messagelog/desk/desk-questions.ts";
import type { LogReader, Tip } from "../../src/messagelog/message-store.ts";
import { LogSearch } from "../../src/messagelog/search/log-search.ts";
import type { OutlinedRow } from "../../src/messagelog/search/outline.ts";
import type { SearchRow } from "../../src/messagelog/search/search-row.ts";
import { SegmentFiles } from "../../src/messagelog/search/segment-files.ts";
import { encodeSegment } from "../../src/messagelog/search/segment-writer.ts";
import { listUses, pageOf } from "../../src/tracker/use-list.ts";

/*
 * Measures how long the list of a person takes that was asked about ten thousand times, in an index of ten million
 * exchanges: `npx node test/tracker/measure-find-usage.ts [exchanges] [uses] [rounds]`. The records of a page come on top:
 * two for each entry.
 */
const [exchanges, uses, rounds] = [10_000_000, 10_000, 15].map((usual, i) =>
  Number(process.argv[2 + i] ?? usual),
) as [number, number, number];
const rowsInSegment = 100_000;
const writer = "019ab000-0000-7000-8000-00000000000b";
const provider = "BENCH/GOV/20000000/register-0" as ClientId;
const person = benchTag("a person of whom much is asked");
const beginning = systemClock.now() - exchanges * 1000;
const directory = mkdtempSync(join(tmpdir(), "sealway-usage-"));

function writeIndex(files: SegmentFiles): void {
  const traffic = new SyntheticTraffic("find usage");
  const each = Math.floor(exchanges / uses);
  for (let from = 0; from < exchanges; from += rowsInSegment) {
    const rows: SearchRow[] = [];
    for (let i = from; i < Math.min(exchanges, from + rowsInSegment); i++) {
      const row = rowOf(traffic.next(beginning + i * 1000), writer, 2 * i + 1);
      const own = { role: "provider", service: `${provider}/service-${i % 8}`, tags: [person] } as const;
      rows.push(i % each === 0 ? { ...row, ...own } : row);
    }
    const spans = [{ writer, first: 2 * from + 1, last: 2 * (from + rows.length) }];
    const piece = from / rowsInSegment + 1;
    const content = { first: piece, last: piece, spans, rows, open: [], latestRecord: rows.at(-1)!.time };
    files.publish(piece, piece, encodeSegment(content));
  }
}

async function listed(search: LogSearch, limit: number, offset: number): Promise<number> {
  const tags = [{ tag: person, since: 0, until: Number.MAX_SAFE_INTEGER }];
  return search.outlined({ tags, role: "provider", provider, since: beginning }, async (rows) => {
    const rulesOf = ({ purpose }: OutlinedRow) => [
      purpose?.startsWith("purpose-7") === true ? ({ disclosure: "withhold" } as const) : {},
    ];
    const list = listUses(rows, { viewer: "self", now: systemClock.now(), rulesOf });
    const page = pageOf(list, { limit, from: { offset } });
    for (const entry of page.entries) if (entry.kind === "use") entry.row.whole();
    return list.length;
  });
}

try {
  const files = new SegmentFiles(directory);
  writeIndex(files);
  const tips: Tip[] = [{ writer, number: 2 * exchanges, chain: Buffer.alloc(32) }];
  const reader = { writers: async () => tips } as Partial<LogReader> as DeskTools["log"];
  const search = new LogSearch({ reader, directory: files.directory });
  for (const [title, limit, offset] of [
    ["the newest 50", 50, 0],
    ["the newest 1,000", 1000, 0],
    ["1,000 in the middle", 1000, 4500],
  ] as const) {
    const [taken, used]: [number[], number[]] = [[], []];
    let total = 0;
    for (let i = 0; i < rounds; i++) {
      const [start, before] = [monotonic(), process.threadCpuUsage()];
      total = await listed(search, limit, offset);
      taken.push(monotonic() - start);
      const { user, system } = process.threadCpuUsage(before);
      used.push((user + system) / 1000);
    }
    const [first] = taken;
    const mib = Math.round(process.memoryUsage().rss / 1_048_576);
    console.log(
      `${title}: ${total} uses, median ${median(taken).toFixed(0)} ms (first ${first!.toFixed(0)}), ` +
        `${median(used).toFixed(0)} ms of a processor, ${mib} MiB resident`,
    );
  }
  search.close();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
