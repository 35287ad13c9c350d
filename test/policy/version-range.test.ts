import t from "tap";
import { inVersionRange } from "../../src/policy/version-range.ts";

const rows: [range: string, within: string[], without: string[]][] = [
  ["1", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0", "10.0.0", "11.0.0"]],
  ["1.4", ["1.4.0", "1.4.9"], ["1.3.9", "1.5.0", "1.40.0"]],
  ["1.4.2", ["1.4.2"], ["1.4.1", "1.4.3", "1.4.20"]],
  ["^1", ["1.0.0", "1.9.9"], ["2.0.0"]],
  ["^1.4", ["1.4.0", "1.10.0"], ["1.3.99", "2.4.0"]],
  ["^1.4.2", ["1.4.2", "1.4.10", "1.5.0"], ["1.4.1", "1.3.9", "2.0.0"]],
  ["^0", ["0.1.0"], ["1.0.0"]],
];
for (const [range, within, without] of rows) {
  t.test(`versions of ${range}`, async (t) => {
    for (const version of within) t.ok(inVersionRange(range, version), version);
    for (const version of without) t.notOk(inVersionRange(range, version), version);
  });
}
