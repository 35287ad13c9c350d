import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApi } from "../admin/api/openapi.ts";
import { loadCommands } from "../cli/commands.ts";
import { commandTables } from "./documentation/command-tables.ts";
import { configurationTable } from "./documentation/configuration-tables.ts";
import { errorTable } from "./documentation/error-table.ts";
import { metricTable } from "./documentation/metric-table.ts";

const root = join(import.meta.dirname, "../..");

/** What the README says between `<!-- name:begin -->` and `<!-- name:end -->`, by name. */
export async function generatedSections(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["errors", errorTable()],
    ["configuration", configurationTables()],
    ["metrics", metricTable()],
    ["cli", commandTables(await loadCommands())],
  ]);
}

/** Files that are generated as a whole, by their paths. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([["schemas/admin/openapi.json", `${JSON.stringify(openApi(), undefined, 2)}\n`]]);
}

/**
 * The text with its generated sections renewed.
 * @throws Error when a section's markers are missing, or stand twice
 */
export function renewSections(text: string, sections: ReadonlyMap<string, string>): string {
  let renewed = text;
  for (const [name, content] of sections) {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const parts = renewed.split(begin);
    const tail = parts[1]?.split(end);
    if (parts.length !== 2 || tail?.length !== 2)
      throw new Error(`the text needs ${begin} and ${end}, once each`);
    renewed = `${parts[0]}${begin}\n${content}\n${end}${tail[1]}`;
  }
  return renewed;
}

function configurationTables(): string {
  const schemas = ["server", "portal"].flatMap((kind) =>
    globSync(`schemas/${kind}/*.schema.json`, { cwd: root }).toSorted(),
  );
  return schemas
    .map((path) => configurationTable(path, JSON.parse(readFileSync(join(root, path), "utf8"))))
    .join("\n\n");
}

if (import.meta.main) {
  const path = join(root, "README.md");
  writeFileSync(path, renewSections(readFileSync(path, "utf8"), await generatedSections()));
  for (const [name, text] of generatedFiles()) writeFileSync(join(root, name), text);
}
