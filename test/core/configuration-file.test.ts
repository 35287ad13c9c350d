import { Ajv2020 } from "ajv/dist/2020.js";
import t from "tap";
import {
  ConfigurationError,
  maxConfigurationLength,
  parseConfiguration,
} from "../../src/core/configuration-file.ts";

interface Shape {
  readonly listen: { readonly port: number; readonly host: string };
}
const compile = new Ajv2020({ allErrors: true, verbose: true, useDefaults: true }).compile<Shape>({
  type: "object",
  additionalProperties: false,
  required: ["listen"],
  properties: {
    listen: {
      type: "object",
      additionalProperties: false,
      required: ["port"],
      properties: {
        port: { type: "integer", minimum: 1, maximum: 65535, description: "A TCP port, 1 to 65535" },
        host: { type: "string", default: "127.0.0.1", pattern: "^[0-9.]+$", description: "An IPv4 address." },
      },
    },
    modes: { type: "array", items: { enum: ["a", "b"], description: "How it runs." } },
    passphrase: { type: "string" },
  },
});
const read = (text: string) => parseConfiguration("server.json", text, compile);

t.test("a good file is read, with its defaults", async (t) => {
  t.strictSame(read('{"listen": {"port": 80}}'), { listen: { port: 80, host: "127.0.0.1" } });
});

const refused: readonly (readonly [name: string, text: string, ...lines: string[]])[] = [
  [
    "a text that is not JSON",
    '{"listen": }',
    "line 1, column 12: a value is expected here. Correct the JSON.",
  ],
  [
    "a key that stands twice",
    '{"listen": {"port": 1}, "listen": {"port": 2}}',
    "line 1, column 25: a name that stands twice. Correct the JSON.",
  ],
  ["a missing key", "{}", "listen: missing. Add it."],
  ["a missing key below", '{"listen": {}}', "listen.port: missing. Add it."],
  ["a wrong type", '{"listen": {"port": "80"}}', "listen.port: must be integer. A TCP port, 1 to 65535."],
  [
    "a number beyond its bounds",
    '{"listen": {"port": 0}}',
    "listen.port: must be >= 1. A TCP port, 1 to 65535.",
  ],
  [
    "a form that is not wanted",
    '{"listen": {"port": 1, "host": "x"}}',
    "listen.host: does not have the form that is wanted. An IPv4 address.",
  ],
  [
    "a value that is not listed",
    '{"listen": {"port": 1}, "modes": ["a", "c"]}',
    'modes[1]: must be one of "a", "b". How it runs.',
  ],
  ["an array for an object", "[]", "file: must be object. The README describes each key."],
  [
    "an unknown key, mistyped",
    '{"listen": {"prot": 1, "port": 1}}',
    'listen.prot: unknown key. Did you mean "port"?',
  ],
  [
    "an unknown key",
    '{"listen": {"port": 1}, "colour": 1}',
    "colour: unknown key. Remove it; the README lists the keys.",
  ],
  [
    "all faults at once",
    '{"listen": {"port": 0}, "colour": 1, "modes": ["c"]}',
    "colour: unknown key. Remove it; the README lists the keys.",
    "listen.port: must be >= 1. A TCP port, 1 to 65535.",
    'modes[0]: must be one of "a", "b". How it runs.',
  ],
];
for (const [name, text, ...lines] of refused) {
  t.test(`refused: ${name}`, async (t) => {
    const error = t.throws(() => read(text), ConfigurationError) as ConfigurationError;
    t.equal(error.message, ["server.json cannot be used:", ...lines.map((line) => `  ${line}`)].join("\n"));
    t.equal(error.faults.length, lines.length);
  });
}

t.test("refused: a text that is too long", async (t) => {
  t.throws(() => read(" ".repeat(maxConfigurationLength + 1)), { message: /longer than 1048576 characters/ });
});

t.test("a fault repeats no value", async (t) => {
  for (const text of ['{"passphrase": ["hunter2"]}', '{"passphrase": "hunter2}', '{"passphrase": hunter2}']) {
    const error = t.throws(() => read(text), ConfigurationError) as ConfigurationError;
    t.notMatch(error.message, /hunter2/);
  }
});
