import t from "tap";
import { type Flag, readArguments, UsageError } from "../../src/cli/arguments.ts";

const flags = [
  { kind: "switch", name: "json", env: "SEALWAY_JSON", description: "As JSON." },
  { kind: "text", name: "out", value: "FILE", description: "Where to." },
  { kind: "text", name: "host", value: "HOST", default: "localhost", description: "Which host." },
  {
    kind: "required",
    name: "config",
    value: "FILE",
    env: "SEALWAY_CONFIG",
    description: "The configuration.",
  },
  {
    kind: "number",
    name: "port",
    value: "PORT",
    default: 4001,
    least: 1,
    most: 65535,
    env: "SEALWAY_PORT",
    description: "Which port.",
  },
  { kind: "list", name: "member", value: "ID", env: "SEALWAY_MEMBERS", description: "Whom." },
] as const satisfies readonly Flag[];
const operands = { name: "PACKAGE", least: 0, most: 2, description: "What is checked." };

const read = (args: readonly string[], environment: Record<string, string> = {}) =>
  readArguments({ flags, operands }, args, environment);

t.test("flags that are not given have their defaults", async (t) => {
  t.strictSame(read(["--config", "a"]), {
    flags: { json: false, out: undefined, host: "localhost", config: "a", port: 4001, member: [] },
    operands: [],
  });
});

t.test("flags are read in both spellings, in any order, with operands between", async (t) => {
  const { flags, operands } = read([
    "p1",
    "--config=a",
    "--member",
    "x",
    "--json",
    "--member=y",
    "--port",
    "1",
    "--",
    "--p2",
  ]);
  t.strictSame(flags, {
    json: true,
    out: undefined,
    host: "localhost",
    config: "a",
    port: 1,
    member: ["x", "y"],
  });
  t.strictSame(operands, ["p1", "--p2"]);
});

t.test("the environment stands in for a flag, and the flag wins", async (t) => {
  const environment = { SEALWAY_CONFIG: "e", SEALWAY_PORT: "9", SEALWAY_MEMBERS: "x,y", SEALWAY_JSON: "1" };
  t.match(read([], environment).flags, { config: "e", port: 9, member: ["x", "y"], json: true });
  t.match(read(["--config", "a", "--port", "8", "--member", "z"], environment).flags, {
    config: "a",
    port: 8,
    member: ["z"],
  });
  t.match(read(["--config", "a"], { SEALWAY_PORT: "" }).flags, { port: 4001 });
});

const refused: readonly (readonly [name: string, args: readonly string[], told: string, hint?: RegExp])[] = [
  ["an unknown flag", ["--config", "a", "--prot", "1"], "unknown flag --prot", /Did you mean --port\?/],
  ["an unknown short flag", ["--config", "a", "-x"], "unknown flag -x"],
  ["a flag without its value, at the end", ["--config"], "--config needs a value", /--config FILE/],
  ["a flag without its value, before another flag", ["--config", "--json"], "--config needs a value"],
  ["a switch with a value", ["--config", "a", "--json=no"], "--json takes no value"],
  ["a flag given twice", ["--config", "a", "--config", "b"], "--config is given twice"],
  ["a required flag that is missing", [], "--config FILE is required", /SEALWAY_CONFIG/],
  [
    "a number that is none",
    ["--config", "a", "--port", "http"],
    "--port is not a whole number from 1 to 65535",
    /default is 4001/,
  ],
  [
    "a number beyond its bounds",
    ["--config", "a", "--port", "65536"],
    "--port is not a whole number from 1 to 65535",
  ],
  [
    "a number below its bounds",
    ["--config", "a", "--port", "0"],
    "--port is not a whole number from 1 to 65535",
  ],
  ["a negative number", ["--config", "a", "--port=-1"], "--port is not a whole number from 1 to 65535"],
  ["too many operands", ["--config", "a", "1", "2", "3"], '"3" is not expected here'],
];
for (const [name, args, told, hint] of refused) {
  t.test(`refused: ${name}`, async (t) => {
    const error = t.throws(() => read(args), UsageError) as UsageError;
    t.equal(error.message, told);
    if (hint !== undefined) t.match(error.hint, hint);
  });
}

t.test("refused: a missing operand", async (t) => {
  const accepted = { flags: [], operands: { ...operands, least: 1 } };
  t.throws(() => readArguments(accepted, [], {}), {
    message: "PACKAGE is missing",
    hint: "What is checked.",
  });
});

t.test("refused: a switch in the environment that is neither true nor false", async (t) => {
  t.throws(() => read(["--config", "a"], { SEALWAY_JSON: "maybe" }), {
    message: "SEALWAY_JSON is neither true nor false",
  });
});

t.test("refused: operands of a command that has none", async (t) => {
  t.throws(() => readArguments({ flags: [] }, ["x"], {}), { message: '"x" is not expected here' });
});
