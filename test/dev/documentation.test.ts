import t from "tap";
import { commandTables } from "../../src/dev/documentation/command-tables.ts";
import { configurationKeys, configurationTable } from "../../src/dev/documentation/configuration-tables.ts";
import { renewSections } from "../../src/dev/documentation.ts";

const text = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n";

t.test("a section is renewed between its markers, and nothing else", async (t) => {
  t.equal(renewSections(text, new Map([["x", "new"]])), "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n");
});

for (const [name, faulty] of [
  ["a missing section", "a\nb\n"],
  ["a section that does not end", "<!-- x:begin -->\n"],
  ["a section that stands twice", text + text],
] as const) {
  t.test(`${name} is refused`, async (t) =>
    t.throws(() => renewSections(faulty, new Map([["x", "new"]])), /once each/),
  );
}

const schema = {
  title: "A server",
  properties: {
    port: { $ref: "#/$defs/port", default: 8080, description: "Where it listens." },
    mode: { enum: ["a", "b"], description: "How." },
    peers: {
      type: "array",
      description: "Who.",
      items: {
        properties: { name: { type: "string", description: "A | B." }, next: { $ref: "#/$defs/peer" } },
      },
    },
    labels: {
      type: "object",
      description: "Names.",
      additionalProperties: { properties: { text: { type: "string", description: "Text." } } },
    },
    store: {
      description: "Where records are kept.",
      oneOf: [
        { properties: { kind: { const: "sqlite", description: "Embedded." } } },
        { $ref: "#/$defs/peer" },
      ],
    },
  },
  required: ["mode"],
  $defs: {
    port: { type: "integer", minimum: 0, maximum: 65535 },
    peer: { type: "object", description: "A peer.", properties: { peer: { $ref: "#/$defs/peer" } } },
  },
};

t.test("every key of a schema is listed with type, default and description", async (t) => {
  const rows = configurationKeys(schema).map(({ key, type, default: ordinary }) => [key, type, ordinary]);
  t.strictSame(rows, [
    ["port", "integer, 0 to 65535", "`8080`"],
    ["mode", '`"a"`, `"b"`', "required"],
    ["peers", "array of any", "–"],
    ["peers[].name", "string", "–"],
    ["peers[].next", "object", "–"],
    ["peers[].next.peer", "object", "–"],
    ["labels", "object", "–"],
    ["labels.*.text", "string", "–"],
    ["store", "any or object", "–"],
    ["store.kind", '`"sqlite"`', "–"],
    ["store.peer", "object", "–"],
  ]);
  t.match(configurationTable("a.schema.json", schema), "| `peers[].name` | string | – | A \\| B. |");
});

t.test("a definition that is not there is told", async (t) => {
  t.throws(
    () => configurationKeys({ properties: { a: { $ref: "#/$defs/gone" } } }),
    /no definition #\/\$defs\/gone/,
  );
});

t.test("a command's flags and operands stand in its table", async (t) => {
  const command = {
    summary: "Checks",
    flags: [
      { kind: "required", name: "anchor", value: "FILE", env: "SEALWAY_ANCHOR", description: "The anchor." },
      { kind: "switch", name: "json", description: "As JSON." },
    ],
    operands: { name: "PACKAGE", least: 1, most: 9, description: "What is checked." },
    run: async () => 0,
  } as const;
  const chapter = commandTables(new Map([["verify", command]]));
  t.match(chapter, "`sealway verify --anchor FILE [flags] PACKAGE...`");
  t.match(chapter, "| `--anchor FILE` | required | `SEALWAY_ANCHOR` | The anchor. |");
  t.match(chapter, "| `--json` | – | – | As JSON. |");
  t.match(chapter, "| `PACKAGE` | – | – | What is checked. |");
  t.match(chapter, "| 2 | unusable input");
});
