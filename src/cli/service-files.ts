import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DescriptionDocument } from "../catalogue/description-document.ts";
import { descriptionFaults } from "../catalogue/description-faults.ts";
import { maxDocumentBytes, parseDescriptionFile } from "../catalogue/openapi/parse-document.ts";
import { loadVocabulary, type Vocabulary } from "../catalogue/vocabulary.ts";
import { systemClock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-file.ts";
import { SealwayError } from "../core/errors.ts";
import { type ClientId, parseClientId, parseServiceId, type ServiceId } from "../core/ids.ts";
import { type Flag, UsageError } from "./arguments.ts";

/** Flags of the commands that hold something against the catalogue. */
export const catalogueFlags = [
  {
    kind: "text",
    name: "against",
    value: "PATH",
    description: "The other services: a description, or a folder of descriptions (*.json).",
  },
  {
    kind: "list",
    name: "vocabulary",
    value: "FILE",
    description: "Data elements and identifier schemes that the instance adds to the shared ones.",
  },
] as const satisfies readonly Flag[];

/** @throws ConfigurationError for a file that is too large to be read */
export async function readBounded(path: string): Promise<Buffer> {
  if ((await stat(path)).size > maxDocumentBytes) {
    const problem = `it has more than ${maxDocumentBytes} bytes`;
    throw new ConfigurationError(path, [{ place: "file", problem, remedy: "Split it up." }]);
  }
  return readFile(path);
}

/** @throws ConfigurationError for a file that is no description, with every place */
export async function readDescription(path: string): Promise<DescriptionDocument> {
  const document = parseDescriptionFile(path, await readBounded(path));
  const faults = descriptionFaults(document);
  if (faults.length === 0) return document as unknown as DescriptionDocument;
  const remedy = "`sealway services check` tells more.";
  throw new ConfigurationError(
    path,
    faults.map(({ place, problem }) => ({ place: place || "/", problem, remedy })),
  );
}

/**
 * The descriptions of a folder, or the one of a file; none when there is no path.
 * @param checked the file that is held against them: where it is one of the folder, it is not among them
 */
export async function readCatalogue(
  path: string | undefined,
  checked?: string,
): Promise<readonly DescriptionDocument[]> {
  if (path === undefined) return [];
  if (!(await stat(path)).isDirectory()) return [await readDescription(path)];
  const itself = checked === undefined ? undefined : await realpath(checked);
  const names = (await readdir(path)).filter((name) => name.endsWith(".json")).sort();
  const read = names.map(async (name) => {
    const file = join(path, basename(name));
    return (await realpath(file)) === itself ? [] : [await readDescription(file)];
  });
  return (await Promise.all(read)).flat();
}

export async function readVocabulary(files: readonly string[]): Promise<Vocabulary> {
  return loadVocabulary(await Promise.all(files.map(readBounded)));
}

/** ISO 8601. */
export function today(): string {
  return new Date(systemClock.now()).toISOString().slice(0, 10);
}

/** @throws UsageError for a text that names no service */
export function readServiceId(text: string): ServiceId {
  return reading("service", () => parseServiceId(text), text);
}

/** @throws UsageError for a text that names no member or subsystem */
export function readClientId(text: string): ClientId {
  return reading("client", () => parseClientId(text), text);
}

function reading<Id>(what: string, parse: () => Id, text: string): Id {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SealwayError) throw new UsageError(`"${text}" is no ${what}: ${error.detail}`);
    throw error;
  }
}
