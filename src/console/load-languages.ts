import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, type ConfigurationFault } from "../core/configuration-file.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { Languages } from "./languages.ts";
import { wordBooks } from "./words/word-books.ts";

type Json = ReturnType<typeof parseStrictJson>;

const fileName = /^(?<tag>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.json$/;
const builtIn: ReadonlySet<string> = new Set(["en", "zh-Hans"]);
const mostFaults = 20;

/** All that the console says, in English: what a message file of another language is made of. */
export function englishMessages(): Record<string, Json> {
  return Object.fromEntries(wordBooks.map(({ name, en }) => [name, en as Json]));
}

/**
 * The languages of the pages: those that are built in, and each message file of a folder, `et.json` for Estonian. A file
 * has every text that English has, and no other, so that no page is half in one language.
 * @param folder undefined for the languages that are built in alone
 * @throws ConfigurationError for a file that cannot be used
 */
export async function loadLanguages(folder: string | undefined): Promise<Languages> {
  if (folder === undefined) return new Languages();
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    const problem = `${folder} cannot be read (${cause.code})`;
    const fault = { place: "management.languages", problem, remedy: "Check path and permissions." };
    throw new ConfigurationError("the configuration", [fault]);
  });
  const further = new Map<string, Record<string, never>>();
  for (const name of names.filter((one) => one.endsWith(".json")).toSorted()) {
    const tag = fileName.exec(name)?.groups?.tag;
    const file = join(folder, name);
    const given = await readMessages(file);
    const faults =
      tag === undefined || builtIn.has(tag) ? [notALanguage] : faultsOf(englishMessages(), given, "");
    if (faults.length > 0) throw new ConfigurationError(file, faults.slice(0, mostFaults));
    further.set(tag!, given as Record<string, never>);
  }
  return new Languages(further);
}

async function readMessages(file: string): Promise<Json> {
  try {
    return parseStrictJson(await readFile(file));
  } catch {
    const remedy = "Write UTF-8 JSON, each name once, that can be read.";
    throw new ConfigurationError(file, [{ place: "file", problem: "no JSON", remedy }]);
  }
}

const notALanguage: ConfigurationFault = {
  ...{ place: "name", problem: "not the tag of a language that is not built in" },
  remedy: "Name it by a tag of BCP 47, et.json.",
};

/** What a message file lacks or has too much, by the English texts. */
function faultsOf(english: Json, given: Json, place: string): ConfigurationFault[] {
  if (typeof english === "string") return textFaults(english, given, place);
  const [wanted, there] = [Object(english), Object(given)] as Record<string, Json>[];
  if (typeof given !== "object" || given === null || Array.isArray(given))
    return [{ place: place || "file", problem: "no object", remedy: "Give an object of texts." }];
  const unknown = Object.keys(there!)
    .filter((name) => !Object.hasOwn(wanted!, name))
    .map((name) => ({ place: under(place, name), problem: "unknown", remedy: "Remove it." }));
  const known = Object.entries(wanted!).flatMap(([name, value]) =>
    Object.hasOwn(there!, name)
      ? faultsOf(value, there![name]!, under(place, name))
      : [{ place: under(place, name), problem: "missing", remedy: `Translate it from /words.json.` }],
  );
  return [...unknown, ...known];
}

function textFaults(english: string, given: Json, place: string): ConfigurationFault[] {
  if (typeof given !== "string" || given.trim() === "")
    return [{ place, problem: "no text", remedy: "Give a text." }];
  const valuesIn = (text: string) => [...text.matchAll(/\{[a-z]+\}/gi)].map(([name]) => name).toSorted();
  const [wanted, there] = [valuesIn(english).join(" "), valuesIn(given).join(" ")];
  if (wanted === there) return [];
  return [{ place, problem: "other values than the English text", remedy: `It needs: ${wanted || "none"}.` }];
}

function under(place: string, name: string): string {
  return place === "" ? name : `${place}.${name}`;
}
