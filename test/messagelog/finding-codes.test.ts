import { readFileSync } from "node:fs";
import t from "tap";
import { findingCodes } from "../../src/messagelog/evidence/finding-codes.ts";

t.test("the specification of the package lists every finding, as the code has it", async (t) => {
  const readme = readFileSync(new URL("../../schemas/evidence/v1/README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").filter((line) => /^\| `[a-z-]+` \|/.test(line));
  const expected = Object.entries(findingCodes).map(
    ([code, { severity, consequence }]) => `| \`${code}\` | ${severity} | ${consequence} |`,
  );
  t.strictSame(rows, expected);
});
