import schema from "../../../schemas/representation/v1.schema.json" with { type: "json" };
import { covers } from "../../catalogue/vocabulary.ts";
import { startOfDay } from "../../core/day.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";
import { parseStrictJson } from "../../core/strict-json.ts";

export type PowerKind = "guardian" | "curator" | "mandate" | "employee" | "heir";

/** What a power covers: giving and withdrawing permissions, or seeing who used the data. */
export type PowerAct = "permit" | "see";

/** Why a power ends. */
export type PowerEnd = "majority" | "order" | "death" | "incapacity";

/** The power of a representative, as a register of them says it (`schemas/representation/v1.schema.json`). */
export interface Power {
  readonly represented: string;
  readonly name?: string;
  readonly kind: PowerKind;
  readonly acts: readonly PowerAct[];
  /** Data elements that it is limited to; missing for a power over all. */
  readonly elements?: readonly string[];
  /** Days (`2026-01-31`, UTC): the first one, and the first one without it. */
  readonly from: string;
  readonly until?: string;
  readonly ends?: PowerEnd;
}

const isAnswer = ownSchema<{ readonly powers: readonly Power[] }>(schema);

/**
 * Reads what a register of representatives answered.
 * @throws SealwayError `representation_unknown` for anything else: an answer that nobody can read proves no power, and none
 *   that has ended either
 */
export function parsePowers(bytes: Buffer): readonly Power[] {
  const value = parseStrictJson(bytes, "representation_unknown");
  if (
    isAnswer(value) &&
    value.powers.every(
      ({ from, until = from }) => startOfDay(from) !== undefined && startOfDay(until) !== undefined,
    )
  )
    return value.powers;
  throw new SealwayError("representation_unknown", "the register of representatives answers in another form");
}

/** What a power is needed for. */
export interface PowerNeed {
  /** Normalised. */
  readonly represented: string;
  readonly kinds: readonly PowerKind[];
  readonly act: PowerAct;
  /** Data elements that the act is about; null for all there are. */
  readonly elements: readonly string[] | null;
  /** Milliseconds. */
  readonly now: number;
}

export type JudgedPower =
  | { readonly kind: "held"; readonly power: Power }
  /** `ended`: why the power ended that there was; `order` where the register only has it no more. */
  | { readonly kind: "none"; readonly rule: PowerRule; readonly ended: PowerEnd };

export type PowerRule =
  | "power.represented"
  | "power.kind"
  | "power.begun"
  | "power.ended"
  | "power.act"
  | "power.elements";

type Holds = (power: Power, need: PowerNeed) => boolean;

// biome-ignore format: a table is read by its columns
const rules: readonly (readonly [name: PowerRule, holds: Holds])[] = [
  ["power.represented", (power, { represented }) => power.represented === represented],
  ["power.kind",        ({ kind }, { kinds }) => kinds.includes(kind)],
  ["power.begun",       ({ from }, { now }) => startOf(from) <= now],
  ["power.ended",       ({ until }, { now }) => until === undefined || now < startOf(until)],
  ["power.act",         ({ acts }, { act }) => acts.includes(act)],
  ["power.elements",    (power, { elements }) => coversElements(power, elements)],
];

/**
 * Whether one of the powers covers what is needed; else which rule the one that comes nearest does not meet.
 * @param powers as the authentic source says them now, identifiers normalised
 */
export function judgePower(powers: readonly Power[], need: PowerNeed): JudgedPower {
  let nearest = { at: 0, ended: undefined as PowerEnd | undefined };
  for (const power of powers) {
    const failed = rules.findIndex(([, holds]) => !holds(power, need));
    if (failed < 0) return { kind: "held", power };
    if (failed >= nearest.at) nearest = { at: failed, ended: power.ends };
  }
  const [rule] = rules[nearest.at]!;
  return { kind: "none", rule, ended: (rule === "power.ended" ? nearest.ended : undefined) ?? "order" };
}

/** When a power ends of itself, milliseconds; null while no end is known. */
export function endOf({ until }: Power): number | null {
  return until === undefined ? null : startOf(until);
}

function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** Whether a power covers data elements. @param wanted null for all there are */
export function coversElements(
  { elements }: Pick<Power, "elements">,
  wanted: readonly string[] | null,
): boolean {
  if (elements === undefined) return true;
  return wanted?.every((one) => elements.some((element) => covers(element, one))) ?? false;
}
