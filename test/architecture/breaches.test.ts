import t from "tap";
import {
  callBreaches,
  cycles,
  type ImportRules,
  importBreaches,
  lengthBreaches,
  sharedPackages,
} from "./breaches.ts";
import { missingFromLock } from "./lock-file.ts";
import { parseMatrix } from "./matrix.ts";
import { readRepositories, type Source } from "./read-sources.ts";

const rules: ImportRules = {
  matrix: parseMatrix(`
         core pki store dev
    core .    .   .     .
    pki  x    .   .     .
    store x   i   .     .
    cli  x    x   .     d
    main t    .   .     .
    dev  x    x   .     .
  `),
  interfaceFiles: ["src/pki/signer.ts"],
  gatesToDev: ["src/cli/demo.ts"],
  importersByAddress: [],
  onlyImporters: [["node-forge", "src/pki/der.ts"]],
  forbiddenBuiltins: { core: /^node:fs$/ },
  dependencies: ["node-forge", "ajv"],
};

const tsconfig = JSON.stringify({
  compilerOptions: { module: "nodenext", allowImportingTsExtensions: true, noEmit: true, types: [] },
  include: ["*/src/**/*.ts"],
});

type Files = Readonly<Record<string, string>>;

/** The sources of small repositories with these files in their `src`. */
function sourcesOf(t: Tap, repositories: readonly Files[]): Source[][] {
  const folders = repositories.map((files) => {
    const src: Record<string, Record<string, string>> = {};
    for (const [path, text] of Object.entries(files)) {
      const [room, file] = path.split("/") as [string, string];
      src[room] = { ...src[room], [file]: text };
    }
    return { src };
  });
  const root = t.testdir({ "tsconfig.json": tsconfig, ...Object.fromEntries(folders.entries()) });
  return readRepositories(
    root,
    [...folders.keys()].map((name) => `${root}/${name}`),
  );
}
type Tap = Pick<typeof t, "testdir">;

const empty = "export {};\n";

/** Name of the breach, files, what is told of it. */
const breaches: readonly (readonly [
  name: string,
  files: Record<string, string>,
  told: RegExp | undefined,
])[] = [
  ["a room imports one below", { "pki/a.ts": 'import "../core/b.ts";', "core/b.ts": empty }, undefined],
  [
    "a room imports one above",
    { "core/a.ts": 'import "../pki/b.ts";', "pki/b.ts": empty },
    /^src\/core\/a.ts:1 imports \.\.\/pki\/b\.ts: core may not/,
  ],
  [
    "a type of a room above",
    { "core/a.ts": 'import type { B } from "../pki/b.ts";', "pki/b.ts": "export type B = 1;" },
    /core may not/,
  ],
  [
    "an export from a room above",
    { "core/a.ts": '\nexport { b } from "../pki/b.ts";', "pki/b.ts": "export const b = 1;" },
    /a\.ts:2 .*core may not/,
  ],
  [
    "a type import within an expression",
    { "core/a.ts": 'export const a: import("../pki/b.ts").B = 1;', "pki/b.ts": "export type B = 1;" },
    /core may not/,
  ],
  [
    "a dynamic import of a room above",
    { "core/a.ts": 'export const a = await import("../pki/b.ts");', "pki/b.ts": empty },
    /core may not/,
  ],
  [
    "a dynamic import that cannot be read",
    { "core/a.ts": "export const a = (name: string) => import(name);" },
    /literal/,
  ],
  [
    "a worker of a room above",
    { "core/a.ts": 'export const a = new URL("../pki/b.ts", import.meta.url);', "pki/b.ts": empty },
    /core may not/,
  ],
  ["an interface file", { "store/a.ts": 'import "../pki/signer.ts";', "pki/signer.ts": empty }, undefined],
  [
    "a file that is no interface",
    { "store/a.ts": 'import "../pki/b.ts";', "pki/b.ts": empty },
    /store may not \(mark "i"\)/,
  ],
  [
    "types where types are allowed",
    { "main/a.ts": 'import { type B } from "../core/b.ts";', "core/b.ts": "export type B = 1;" },
    undefined,
  ],
  [
    "a value where types are allowed",
    {
      "main/a.ts": 'import { b, type B } from "../core/b.ts";',
      "core/b.ts": "export type B = 1; export const b = 1;",
    },
    /mark "t"/,
  ],
  [
    "the gate to dev",
    { "cli/demo.ts": 'await import("../dev/b.ts"); export {};', "dev/b.ts": empty },
    undefined,
  ],
  [
    "the gate to dev without a door",
    { "cli/demo.ts": 'import "../dev/b.ts";', "dev/b.ts": empty },
    /mark "d"/,
  ],
  [
    "dev from elsewhere",
    { "cli/serve.ts": 'await import("../dev/b.ts"); export {};', "dev/b.ts": empty },
    /only src\/cli\/demo\.ts may reach dev/,
  ],
  ["a confined package at home", { "pki/der.ts": 'import "node-forge";' }, undefined],
  [
    "a confined package elsewhere",
    { "pki/a.ts": 'import "node-forge/lib/asn1.js";' },
    /only src\/pki\/der\.ts may/,
  ],
  ["a builtin that the room does without", { "core/a.ts": 'import "node:fs";' }, /core does without it/],
  [
    "a package that production does not install",
    { "core/a.ts": 'import "tap";' },
    /not among the dependencies/,
  ],
  ["a package in dev that production does not install", { "dev/a.ts": 'import "tap";' }, undefined],
  ["a file that is not there", { "core/a.ts": 'import "./b.ts";' }, /no such file/],
  ["a file outside src", { "core/a.ts": 'import "../../test/b.ts";' }, /no such file in src/],
  ["a schema", { "core/a.ts": 'import s from "../../schemas/s.json" with { type: "json" };' }, undefined],
];

t.test("imports", async (t) => {
  const repositories = sourcesOf(
    t,
    breaches.map(([, files]) => files),
  );
  for (const [i, [name, , told]] of breaches.entries()) {
    const found = importBreaches(repositories[i]!, rules);
    t.equal(found.length, told === undefined ? 0 : 1, name);
    if (told !== undefined) t.match(found[0], told, name);
  }
});

t.test("two importers of one package are told", async (t) => {
  const [sources = []] = sourcesOf(t, [{ "pki/a.ts": 'import "ajv";', "pki/b.ts": 'import "ajv";' }]);
  t.strictSame(sharedPackages(sources, ["ajv"]), ["ajv is imported by src/pki/a.ts, src/pki/b.ts"]);
});

t.test("a circle of files is told", async (t) => {
  const [sources = []] = sourcesOf(t, [
    {
      "pki/a.ts": 'import "./b.ts";',
      "pki/b.ts": 'import "./c.ts";',
      "pki/c.ts": 'import type {} from "./b.ts";',
    },
  ]);
  t.strictSame(cycles(sources), ["src/pki/b.ts -> src/pki/c.ts -> src/pki/b.ts"]);
});

t.test("a long file and a long function are told", async (t) => {
  const [sources = []] = sourcesOf(t, [{ "pki/a.ts": `\nexport const a = () => {${"\n".repeat(3)}};\n` }]);
  t.strictSame(lengthBreaches(sources, { file: 5, function: 4 }), []);
  t.strictSame(lengthBreaches(sources, { file: 4, function: 3 }), [
    "src/pki/a.ts has 5 lines",
    "src/pki/a.ts:2 is a function of 4 lines",
  ]);
});

t.test("confined calls are told", async (t) => {
  const text = "export const a = [Date.now(), new Date(), new Date(0), Date()];\nconsole.log(a);";
  const [sources = []] = sourcesOf(t, [{ "pki/a.ts": text }]);
  const told = callBreaches(sources, [[/./, []]]);
  t.strictSame(told, [
    "src/pki/a.ts:1 uses Date.now",
    "src/pki/a.ts:1 uses new Date()",
    "src/pki/a.ts:1 uses new Date()",
    "src/pki/a.ts:2 uses console.log",
  ]);
  t.strictSame(callBreaches(sources, [[/./, ["src/pki/"]]]), []);
});

t.test("optional packages are found where Node would look", async (t) => {
  const packages = {
    "node_modules/a": { optionalDependencies: { inner: "1", outer: "1", gone: "1" } },
    "node_modules/a/node_modules/inner": {},
    "node_modules/outer": {},
  };
  t.strictSame(missingFromLock({ packages }), ["gone"]);
});

t.test("a matrix with a hole is refused", async (t) => {
  t.throws(() => parseMatrix("a b\na x"), /row of a/);
  t.throws(() => parseMatrix("a b\na x y"), /no mark/);
});
