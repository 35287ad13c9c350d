import type { AgreementOrder, MadeAct, OrderedSide, PlainAct } from "../assembly/agreement-orders.ts";
import { orderAgreement } from "../assembly/order-agreement.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { Json } from "../core/canonical-json.ts";
import { type Flag, type Operands, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { toJson } from "./json-flag.ts";

/** Flags of all commands about agreements. */
export const sideFlag = {
  kind: "text",
  name: "as",
  value: "SIDE",
  description: "In whose name, where the server serves both sides: consumer or provider.",
} as const satisfies Flag;

export const reasonFlag = {
  kind: "required",
  name: "reason",
  value: "TEXT",
  description: "Why, for the other side to read and for the record; no names of persons.",
} as const satisfies Flag;

export const attributeFlag = {
  kind: "required",
  name: "attribute",
  value: "NAME",
  description: "The attribute that a condition of the agreement asks for.",
} as const satisfies Flag;

export const agreementOperand: Operands = {
  name: "AGREEMENT",
  least: 1,
  most: 1,
  description: "The id of the agreement.",
};

interface Given {
  readonly config: string;
  readonly json: boolean;
  readonly as?: string | undefined;
}

/** Has an act made that brings no terms, and tells what became of it. @returns the exit code */
export function actOnAgreement(
  word: PlainAct,
  [agreement = ""]: readonly string[],
  states: { readonly [name: string]: Json },
  given: Given,
): Promise<number> {
  return makeAct({ order: "agreement act", word, agreement, states, ...sideOf(given) }, given);
}

/** @throws UsageError for another word */
export function sideOf({ as }: Pick<Given, "as">): { readonly as?: OrderedSide } {
  if (as === undefined) return {};
  if (as !== "consumer" && as !== "provider") throw new UsageError("--as is neither consumer nor provider");
  return { as };
}

/** Has an act made and tells what became of it. @returns the exit code */
export async function makeAct(
  order: Extract<AgreementOrder, { order: `agreement ${"request" | "change" | "act" | "take"}` }>,
  { config, json }: Given,
): Promise<number> {
  const made: MadeAct = await orderAgreement(await loadServerConfiguration(config), order);
  process.stdout.write(json ? toJson(made) : `${textOf(made)}\n`);
  return made.delivered.outcome === "refused" ? exitCodes.failed : exitCodes.ok;
}

function textOf({ agreement, act, state, delivered }: MadeAct): string {
  const why = [delivered.code, delivered.detail].filter((part) => part !== undefined).join(": ");
  const told = {
    taken: "the other side has it",
    waiting: `the other side has not got it yet, and is told again until it has (${why})`,
    refused: `the other side refused it, and it has no effect (${why})`,
  };
  return `${agreement} is ${state}\nact ${act}: ${told[delivered.outcome]}`;
}
