import type { ErrorCode } from "../core/error-codes.ts";
import { errorCodes } from "../core/error-codes.ts";
import type { Hop, SealwayError } from "../core/errors.ts";
import type { TraceLine } from "../policy/decision/trace-for.ts";
import { DenialError } from "./problem.ts";

/** The verdict of a dry run as the consumer is told of it: `schemas/control/v1/decisions.schema.json`. */
export interface ToldDecision {
  readonly verdict: "permit" | "deny" | "open";
  readonly code: ErrorCode | null;
  readonly hop: Hop;
  readonly rule: string | null;
  readonly title: string | null;
  readonly detail: string | null;
  readonly remedy: string | null;
  /** What an open verdict depends on. */
  readonly needed: readonly string[];
  /** JSON pointers, as the signed answer would name them. */
  readonly fieldsRemoved: readonly string[];
  readonly trace: readonly TraceLine[];
}

const unsaid = { code: null, rule: null, title: null, detail: null, remedy: null } as const;

/** A call that would be permitted. */
export function toldPermit(fieldsRemoved: readonly string[], trace: readonly TraceLine[]): ToldDecision {
  return { verdict: "permit", ...unsaid, hop: "provider", needed: [], fieldsRemoved, trace };
}

/** A call of which nobody can tell without knowing more. */
export function toldOpen(needed: readonly string[], trace: readonly TraceLine[]): ToldDecision {
  return { verdict: "open", ...unsaid, hop: "provider", needed, fieldsRemoved: [], trace };
}

/** A call that would be refused, in the words of its refusal. */
export function toldDenial(error: SealwayError, hop: Hop, trace: readonly TraceLine[]): ToldDecision {
  const { code, detail } = error;
  const { title, remedy } = errorCodes[code];
  const rule = error instanceof DenialError ? error.rule : null;
  return { verdict: "deny", code, hop, rule, title, detail, remedy, needed: [], fieldsRemoved: [], trace };
}
