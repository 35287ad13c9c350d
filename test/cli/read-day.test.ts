import t from "tap";
import { readDay } from "../../src/cli/read-day.ts";

t.test("a day begins at midnight, UTC", (t) => {
  t.equal(readDay("to", "2028-02-29"), Date.UTC(2028, 1, 29));
  t.end();
});

for (const text of [
  "2027-02-29",
  "2027-02-30",
  "2027-13-01",
  "2027-6-1",
  "2027-06-30T00:00:00Z",
  "tomorrow",
  "",
]) {
  t.test(`no day: "${text}"`, (t) => {
    t.throws(() => readDay("to", text), { name: "UsageError", message: `--to ${text} is no date` });
    t.end();
  });
}
