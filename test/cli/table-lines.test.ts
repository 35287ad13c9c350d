import t from "tap";
import { factLines } from "../../src/cli/fact-lines.ts";
import { tableLines } from "../../src/cli/table-lines.ts";

t.test("a table: columns aligned, what others wrote cannot steer the terminal", async (t) => {
  t.strictSame(
    tableLines(
      ["id", "state"],
      [
        ["a-long-id", "x"],
        ["b", "\u001b[2Jgone"],
      ],
    ),
    ["id         state", "a-long-id  x", "b          \uFFFD[2Jgone"],
  );
  t.strictSame(tableLines(["id"], []), ["none"]);
});

t.test("a document in words: nested facts indented, what nobody reads left out", async (t) => {
  const document = {
    titleOfIt: "A\nB",
    none: null,
    ways: ["a", "b"],
    nothing: [],
    ends: [{ path: "/x", schema: { type: "object" } }],
  };
  t.strictSame(factLines(document, new Set(["schema"])), [
    "title of it: A B",
    "none: -",
    "ways: a, b",
    "nothing: none",
    "ends:",
    "  1:",
    "    path: /x",
    "    schema: see --json",
  ]);
});
