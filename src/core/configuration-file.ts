import type { ErrorObject } from "ajv";
import { type JsonFault, scanJson } from "./json-scan.ts";
import { nearestName } from "./nearest-name.ts";
import type { OwnSchema } from "./own-schema.ts";

/** One thing that is wrong with a configuration. */
export interface ConfigurationFault {
  /** Where: `listen.peer.port`, or `line 3, column 7` when the text is not JSON. */
  readonly place: string;
  readonly problem: string;
  readonly remedy: string;
}

/** A configuration that cannot be used, with everything that is wrong with it. It repeats no value: some are secret. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly faults: readonly ConfigurationFault[];

  /** @param file its name, for the message */
  constructor(file: string, faults: readonly ConfigurationFault[]) {
    const lines = faults.map(({ place, problem, remedy }) => `  ${place}: ${problem}. ${remedy}`);
    super(`${file} cannot be used:\n${lines.join("\n")}`);
    this.faults = faults;
  }
}

/** Longest text that is read, characters. */
export const maxConfigurationLength = 1024 * 1024;
const maxFaults = 50;

/**
 * Reads the text of a configuration file; reading the file is the caller's.
 * @param file its name, for messages
 * @param schema compiled with `allErrors` and `verbose`, every object of it closed (`additionalProperties` or
 * `unevaluatedProperties` false); with `useDefaults` the configuration comes back filled
 * @throws ConfigurationError with every fault, its place and its remedy
 */
export function parseConfiguration<Shape>(file: string, text: string, schema: OwnSchema<Shape>): Shape {
  if (text.length > maxConfigurationLength) {
    const problem = `longer than ${maxConfigurationLength} characters`;
    throw new ConfigurationError(file, [{ place: "file", problem, remedy: "Split it up." }]);
  }
  const faults = scanJson(text);
  if (faults.length > 0) throw new ConfigurationError(file, faults.slice(0, maxFaults).map(ofText));
  const value: unknown = JSON.parse(text);
  if (schema(value)) return value;
  throw new ConfigurationError(file, distinct((schema.errors ?? []).filter(tellsSomething).map(ofSchema)));
}

function ofText({ place, problem }: JsonFault): ConfigurationFault {
  return { place, problem, remedy: "Correct the JSON." };
}

/** AJV repeats what a branch said once more for `if`, `oneOf` and the like; only the branches name a remedy. */
function tellsSomething({ keyword }: ErrorObject): boolean {
  return keyword !== "if";
}

function distinct(faults: readonly ConfigurationFault[]): ConfigurationFault[] {
  const byText = new Map(faults.map((fault) => [`${fault.place}\n${fault.problem}`, fault]));
  return [...byText.values()].slice(0, maxFaults);
}

function ofSchema(error: ErrorObject): ConfigurationFault {
  const { below, problem, remedy } = (keywords[error.keyword] ?? inItsOwnWords)(error);
  return { place: placeOf(error, below), problem, remedy: remedy ?? described(error) };
}

function inItsOwnWords({ message, keyword }: ErrorObject): Account {
  return { problem: message ?? keyword };
}

interface Account {
  /** The member that is meant, when it is not the value itself. */
  readonly below?: string;
  readonly problem: string;
  readonly remedy?: string;
}

const unknownKey = (error: ErrorObject): Account => {
  const key: string = error.params.additionalProperty ?? error.params.unevaluatedProperty;
  const near = nearestName(key, Object.keys((error.parentSchema?.properties as object | undefined) ?? {}));
  const remedy = near === undefined ? "Remove it; the README lists the keys." : `Did you mean "${near}"?`;
  return { below: key, problem: "unknown key", remedy };
};

/** What each keyword's failure is in words; keywords without a row speak AJV's own. */
const keywords: Readonly<Record<string, (error: ErrorObject) => Account>> = {
  additionalProperties: unknownKey,
  unevaluatedProperties: unknownKey,
  required: ({ params }) => ({ below: params.missingProperty, problem: "missing", remedy: "Add it." }),
  type: ({ params }) => ({ problem: `must be ${[params.type].flat().join(" or ")}` }),
  const: ({ params }) => ({ problem: `must be ${JSON.stringify(params.allowedValue)}` }),
  enum: ({ params }) => ({
    problem: `must be one of ${params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(", ")}`,
  }),
  pattern: () => ({ problem: "does not have the form that is wanted" }),
};

function described({ parentSchema }: ErrorObject): string {
  const description = parentSchema?.description;
  if (typeof description !== "string") return "The README describes each key.";
  return /[.!?]$/.test(description) ? description : `${description}.`;
}

function placeOf({ instancePath }: ErrorObject, below: string | undefined): string {
  const parts = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (below !== undefined) parts.push(below);
  return dotted(parts);
}

function dotted(parts: readonly string[]): string {
  if (parts.length === 0) return "file";
  return parts.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
}
