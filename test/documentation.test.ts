import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import t from "tap";
import { loadCommands } from "../src/cli/commands.ts";
import { commandHelp, defaultOf, overview, spelling } from "../src/cli/help.ts";
import { errorCodes } from "../src/core/error-codes.ts";
import { configurationKeys } from "../src/dev/documentation/configuration-tables.ts";
import { generatedFiles, generatedSections, renewSections } from "../src/dev/documentation.ts";
import { metricsTable } from "../src/http/metrics-table.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const commands = await loadCommands();

t.test("the README's generated chapters are what `npm run docs` makes", async (t) => {
  t.equal(readme, renewSections(readme, await generatedSections()));
});

t.test("generated files are what `npm run docs` makes", async (t) => {
  for (const [path, text] of generatedFiles()) t.equal(readFileSync(join(root, path), "utf8"), text, path);
});

t.test("every error code is in the README, and no other", async (t) => {
  const chapter = /<!-- errors:begin -->([\s\S]*)<!-- errors:end -->/.exec(readme)?.[1] ?? "";
  const documented = [...chapter.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  t.strictSame(documented, Object.keys(errorCodes));
});

t.test("every metric is in the README, and no other", async (t) => {
  const chapter = /<!-- metrics:begin -->([\s\S]*)<!-- metrics:end -->/.exec(readme)?.[1] ?? "";
  const documented = [...chapter.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  t.strictSame(documented, Object.keys(metricsTable));
});

t.test("every command's file stands in the table of commands, and no other", async (t) => {
  const files = globSync("src/cli/*.ts", { cwd: root })
    .filter((path) =>
      /^export (?:(?:async )?function run\(|const \{.*\brun \} =)/m.test(
        readFileSync(join(root, path), "utf8"),
      ),
    )
    .map((path) => basename(path, ".ts"));
  const names = [...commands.keys()].map((name) => name.replace(" ", "-"));
  t.strictSame(names.toSorted(), files.toSorted());
});

for (const [name, command] of commands) {
  t.test(
    `sealway ${name}: its help and the README name each flag, default and environment variable`,
    async (t) => {
      const help = commandHelp(name, command).replaceAll(/\s+/g, " ");
      const chapter = readme.split(`### \`sealway ${name}\``)[1] ?? "";
      t.match(overview(commands), new RegExp(`^  ${name} +\\S`, "m"));
      t.notMatch(command.summary, /\.$|\n/, "the summary is a line without a full stop");
      for (const flag of command.flags) {
        const texts = [spelling(flag), defaultOf(flag), flag.env].filter((text) => text !== undefined);
        for (const text of texts) {
          t.ok(help.includes(text), `help: ${text}`);
          t.ok(chapter.includes(text), `README: ${text}`);
        }
        t.match(flag.description, /^[A-Z].*\.$/s, `--${flag.name} is described by sentences`);
        if (flag.env !== undefined) t.match(flag.env, /^SEALWAY_[A-Z_]+$/);
      }
      const names = command.flags.map((flag) => flag.name);
      t.equal(new Set(names).size, names.length, "no flag stands twice");
    },
  );
}

for (const path of globSync("schemas/{server,portal}/*.schema.json", { cwd: root })) {
  const schema = JSON.parse(readFileSync(join(root, path), "utf8"));
  t.test(`${path} describes every key and refuses unknown ones`, async (t) => {
    const keys = configurationKeys(schema);
    t.ok(keys.length > 0);
    t.strictSame(
      keys.filter(({ description }) => description === "").map(({ key }) => key),
      [],
    );
    t.strictSame(openObjects(schema, basename(path)), []);
  });
}

/** Places of object schemas that let unknown keys pass. */
function openObjects(schema: unknown, place: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties, additionalProperties, unevaluatedProperties } = schema as Record<string, unknown>;
  const isOpen =
    typeof properties === "object" && additionalProperties === undefined && unevaluatedProperties !== false;
  const below = Object.entries(schema).flatMap(([name, part]) => openObjects(part, `${place}/${name}`));
  return isOpen ? [place, ...below] : below;
}
