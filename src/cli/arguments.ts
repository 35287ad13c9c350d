import { parseArgs } from "node:util";
import { nearestName } from "../core/nearest-name.ts";

/** One flag as data: its reading, its help and its line in the README are made from this alone. */
export type Flag = Switch | TextFlag | RequiredFlag | NumberFlag | ListFlag;

interface Named {
  /** `port` for `--port`. */
  readonly name: string;
  /** Environment variable that stands in for the flag; the flag wins. */
  readonly env?: string;
  /** What it does, a sentence. */
  readonly description: string;
}
/** On or off. */
export interface Switch extends Named {
  readonly kind: "switch";
}
/** One text, or its default, or undefined. */
export interface TextFlag extends Named {
  readonly kind: "text";
  /** What stands for the value in help: `FILE`. */
  readonly value: string;
  readonly default?: string;
}
/** One text that must be given. */
export interface RequiredFlag extends Named {
  readonly kind: "required";
  readonly value: string;
}
/** One whole number within bounds. */
export interface NumberFlag extends Named {
  readonly kind: "number";
  readonly value: string;
  readonly default: number;
  readonly least: number;
  readonly most: number;
}
/** Any number of texts; the flag is repeated, the environment variable separates them by commas. */
export interface ListFlag extends Named {
  readonly kind: "list";
  readonly value: string;
}

/** What may stand behind the flags. */
export interface Operands {
  /** What stands for each in help: `PACKAGE`. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly description: string;
}

type ValueOf<F extends Flag> = F extends { kind: "switch" }
  ? boolean
  : F extends { kind: "number" }
    ? number
    : F extends { kind: "list" }
      ? readonly string[]
      : F extends { kind: "required" } | { default: string }
        ? string
        : string | undefined;

/** The values by the names of the flags. */
export type FlagValues<Flags extends readonly Flag[]> = {
  readonly [F in Flags[number] as F["name"]]: ValueOf<F>;
};

/** Arguments that cannot be used: the message names the argument, the hint what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Reads a command's arguments by its table of flags (declared `as const satisfies readonly Flag[]`, so that each
 * value has its type).
 * @param environment where flags with `env` find their value when the flag is not given
 * @throws UsageError for what the tables do not provide for
 */
export function readArguments<const Flags extends readonly Flag[]>(
  accepted: { readonly flags: Flags; readonly operands?: Operands },
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly flags: FlagValues<Flags>; readonly operands: readonly string[] } {
  const { given, operands } = split(accepted.flags, args);
  checkOperands(accepted.operands, operands);
  const values: Record<string, unknown> = {};
  for (const flag of accepted.flags) {
    values[flag.name] = readFlag(flag, given.get(flag.name) ?? fromEnvironment(flag, environment));
  }
  return { flags: values as FlagValues<Flags>, operands };
}

function split(flags: readonly Flag[], args: readonly string[]) {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const options = Object.fromEntries(
    flags.map(({ name, kind }) => [name, { type: kind === "switch" ? "boolean" : "string" } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const flag = byName.get(token.name);
    if (flag === undefined) throw unknownFlag(token.rawName, flags);
    const earlier = given.get(flag.name);
    if (earlier !== undefined && flag.kind !== "list")
      throw new UsageError(`${token.rawName} is given twice`);
    given.set(flag.name, [...(earlier ?? []), givenText(flag, token)]);
  }
  return { given, operands };
}

function givenText(flag: Flag, token: { value?: string | undefined; inlineValue?: boolean | undefined }) {
  if (flag.kind === "switch") {
    if (token.value !== undefined) throw new UsageError(`--${flag.name} takes no value`);
    return "true";
  }
  const missing = token.value === undefined || (!token.inlineValue && /^--?[a-z]/.test(token.value));
  if (missing) throw new UsageError(`--${flag.name} needs a value`, `Write --${flag.name} ${flag.value}.`);
  return token.value!;
}

function fromEnvironment(flag: Flag, environment: Readonly<Record<string, string | undefined>>) {
  const text = flag.env === undefined ? undefined : environment[flag.env];
  if (text === undefined || text === "") return undefined;
  return flag.kind === "list" ? text.split(",") : [text];
}

function readFlag(flag: Flag, texts: readonly string[] | undefined): unknown {
  const text = texts?.[0];
  switch (flag.kind) {
    case "switch":
      return text !== undefined && readSwitch(flag, text);
    case "text":
      return text ?? flag.default;
    case "required":
      if (text === undefined)
        throw new UsageError(`--${flag.name} ${flag.value} is required`, missingHint(flag));
      return text;
    case "number":
      return text === undefined ? flag.default : readNumber(flag, text);
    case "list":
      return texts ?? [];
  }
}

function missingHint(flag: Flag): string {
  return flag.env === undefined ? flag.description : `${flag.description} Or set ${flag.env}.`;
}

function readSwitch(flag: Switch, text: string): boolean {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new UsageError(`${flag.env} is neither true nor false`);
}

function readNumber(flag: NumberFlag, text: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= flag.least && number <= flag.most) return number;
  throw new UsageError(
    `--${flag.name} is not a whole number from ${flag.least} to ${flag.most}`,
    `The default is ${flag.default}.`,
  );
}

function checkOperands(wanted: Operands | undefined, operands: readonly string[]): void {
  const most = wanted?.most ?? 0;
  if (operands.length > most) throw new UsageError(`"${operands[most]}" is not expected here`);
  if (operands.length < (wanted?.least ?? 0)) {
    throw new UsageError(`${wanted!.name} is missing`, wanted!.description);
  }
}

function unknownFlag(typed: string, flags: readonly Flag[]): UsageError {
  const near = nearestName(typed.replace(/^-+/, ""), [...flags.map((flag) => flag.name), "help", "version"]);
  return new UsageError(`unknown flag ${typed}`, near === undefined ? undefined : `Did you mean --${near}?`);
}
