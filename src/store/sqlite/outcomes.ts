import type { AppendOutcome } from "../../messagelog/message-record.ts";
import type { GuardVerdict } from "./guard-table.ts";

/** What a commit answers for an item of its frame: a record's number, from 1, or one of these. */
export const outcomes = {
  kept: 0,
  "resend-open": -1,
  "resend-closed": -2,
  replay: -3,
  "never-opened": -4,
  conflict: -5,
  exhausted: -6,
} as const satisfies Record<Exclude<GuardVerdict, "new"> | "kept" | "conflict" | "exhausted", number>;

/** What a commit tells of the counters of one item of its frame, beside its answer. */
export type CounterWord =
  | { readonly item: number; readonly counts: readonly number[] }
  /** `first` is an exchange id. */
  | { readonly item: number; readonly spent: string; readonly first: string | null };

/** What became of an item. */
export interface Answered {
  /** A record's number, one of `outcomes`, or how many rows there were. */
  readonly answer: number;
  /** Only for a record that uses counters. */
  readonly word: CounterWord | undefined;
}

/** @returns undefined for an answer to a request that is not in the log */
export function appendOutcome({ answer, word }: Answered, writer: string): AppendOutcome | undefined {
  if (answer > 0) {
    const uses = word !== undefined && "counts" in word ? { uses: word.counts } : {};
    return { outcome: "recorded", writer, number: answer, ...uses };
  }
  if (word !== undefined && "spent" in word)
    return { outcome: "exhausted", counter: word.spent, first: word.first };
  return resends[answer as keyof typeof resends];
}

const resends = {
  [outcomes["resend-open"]]: { outcome: "resend", state: "open" },
  [outcomes["resend-closed"]]: { outcome: "resend", state: "closed" },
  [outcomes.replay]: { outcome: "replay" },
} as const satisfies Record<number, AppendOutcome>;
