import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import type { ServiceId } from "../../core/ids.ts";
import type { RegisterName } from "../registers/register-table.ts";

/** A service of the country: its description, as it is published, and the register behind it. */
export interface CountryService {
  readonly id: ServiceId;
  readonly register: RegisterName;
  /** Path of the service at its register; empty for the register's root. */
  readonly base: string;
  readonly description: DescriptionDocument;
}

/** The descriptions, one file each, and what the country's vocabulary adds to the shared one. */
export const descriptionsFolder = join(import.meta.dirname, "services");
export const vocabularyFile = join(import.meta.dirname, "vocabulary.json");

/** Which register answers a service, and where in it. */
// biome-ignore format: a table is read by its columns
const registers: Readonly<Record<string, readonly [register: RegisterName, base: string]>> = {
  "population/persons":        ["population", ""],
  "population/is-resident-of": ["population", "/residents"],
  "population/next-of-kin":    ["population", "/kin"],
  "population/custody":        ["population", "/custody"],
  "population/powers":         ["population", "/powers"],
  "population/statistics":     ["population", "/statistics"],
  "population/feedback":       ["population", ""],
  "population/archive":        ["archive",    ""],
  "population/echo":           ["echo",       ""],
  "population/echo-json":      ["echo",       ""],
  "tax/income":                ["tax",        "/income"],
  "tax/income-below":          ["tax",        "/income-below"],
  "tax/accounts":              ["tax",        "/accounts"],
  "tax/deaths":                ["tax",        ""],
  "benefits/entitlements":     ["benefits",   "/entitlements"],
  "benefits/is-entitled-today": ["benefits",  "/entitlements"],
  "benefits/account-changes":  ["benefits",   ""],
  "benefits/deaths":           ["benefits",   ""],
  "business/companies":        ["business",   "/companies"],
  "business/mandates":         ["business",   "/companies"],
  "business/powers":           ["business",   "/powers"],
  "diplomas/degrees":          ["diplomas",   "/degrees"],
  "diplomas/holds-degree":     ["diplomas",   "/degrees"],
  "services/deaths":           ["city",       ""],
  "kindergarten/applications": ["city",       ""],
};

export const services: readonly CountryService[] = readdirSync(descriptionsFolder)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => serviceOf(JSON.parse(readFileSync(join(descriptionsFolder, name), "utf8"))));

/** @throws Error for a description without a register */
function serviceOf(description: DescriptionDocument): CountryService {
  const name = description.id.split("/").slice(-2).join("/");
  const found = registers[name];
  if (found === undefined) throw new Error(`no register answers ${name}`);
  const [register, base] = found;
  return { id: description.id, register, base, description };
}

/** A service by provider and code, `population/persons`. @throws Error when there is none */
export function service(name: string): ServiceId {
  const found = services.find(({ id }) => id.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`the country has no service ${name}`);
  return found.id;
}
