import t from "tap";
import { exportFormats } from "../../../src/messagelog/search/export-line.ts";
import type { Result } from "../../../src/messagelog/search/result.ts";

const side = {
  ...({ role: "consumer", time: "2026-11-22T00:00:00.000Z", outcome: "answered", durationMs: 20 } as const),
  request: { sealed: { batch: 7, time: "2026-11-22T00:00:30.000Z" } },
  answer: { sealed: null },
};
const result: Result = {
  ...{
    ...side,
    exchangeId: "id",
    queryId: null,
    consumer: "A/B/C/d",
    provider: "A/B/E/f",
    service: "A/B/E/f/g",
  },
  ...{ purpose: "p#1", agreement: "a#2", decision: "permit", code: null, status: null, other: null },
};

function cellOf(queryId: string): string {
  const { line } = exportFormats.csv;
  return line({ ...result, queryId }).slice("id,".length, -line(result).length + "id,".length);
}

t.test("CSV is RFC 4180, and no cell is a formula", async (t) => {
  const { heading, line } = exportFormats.csv;
  t.match(heading, /^exchangeId,queryId,role,time,.*\r\n$/);
  t.equal(
    line(result),
    "id,,consumer,2026-11-22T00:00:00.000Z,20,A/B/C/d,A/B/E/f,A/B/E/f/g,p#1,a#2,permit,,answered,," +
      "7,2026-11-22T00:00:30.000Z,,,,,,\r\n",
  );
  t.equal(cellOf("plain"), "plain");
  t.equal(cellOf("=1+1"), "'=1+1");
  t.equal(cellOf("-2+3"), "'-2+3");
  t.equal(cellOf("+2"), "'+2");
  t.equal(cellOf("@SUM(A1)"), "'@SUM(A1)");
  t.equal(cellOf("\tx"), "'\tx");
  t.equal(cellOf('=HYPERLINK("http://x")'), `"'=HYPERLINK(""http://x"")"`);
  t.equal(cellOf('a,"b"'), '"a,""b"""');
  t.equal(cellOf("a\r\nb"), '"a\r\nb"');
});

t.test("JSON lines hold all that is known", async (t) => {
  const { heading, line } = exportFormats.jsonl;
  t.equal(heading, "");
  t.strictSame(JSON.parse(line(result)), result);
  t.match(line(result), /^[^\n]*\n$/);
});
