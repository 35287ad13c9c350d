import type { GuardVerdict } from "./guard-table.ts";

/** What a commit answers for an item of its frame: a record's number, from 1, or one of these. */
export const outcomes = {
  kept: 0,
  "resend-open": -1,
  "resend-closed": -2,
  replay: -3,
  "never-opened": -4,
  conflict: -5,
} as const satisfies Record<Exclude<GuardVerdict, "new"> | "kept" | "conflict", number>;
