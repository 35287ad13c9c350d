import { readFileSync } from "node:fs";
import t from "tap";
import { archiveFindingCodes } from "../../../src/messagelog/archive/archive-finding-codes.ts";

t.test("the specification of the archive lists every finding, as the code has it", async (t) => {
  const readme = readFileSync(new URL("../../../schemas/archive/v1/README.md", import.meta.url), "utf8");
  const rows = readme
    .split("\n")
    .filter((line) => /^\| `[a-z-]+` \| (?:ok|info|warning|failure) \|/.test(line));
  const expected = Object.entries(archiveFindingCodes).map(
    ([code, { severity, consequence }]) => `| \`${code}\` | ${severity} | ${consequence} |`,
  );
  t.strictSame(rows, expected);
});
