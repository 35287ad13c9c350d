import type { RecordRetention } from "../message-record.ts";

/** What holds for a record of which nobody says anything: heads for three years, bodies not at all. */
export const defaultRetention: RecordRetention = {
  head: { name: "default", keepDays: 1095, graceDays: 30 },
  body: undefined,
};
