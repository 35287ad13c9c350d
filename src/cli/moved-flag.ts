import type { Flag } from "./arguments.ts";

/** The subsystem that moves. */
export const movedFlag = {
  kind: "required",
  name: "subsystem",
  value: "ID",
  description: "The subsystem that moves.",
} as const satisfies Flag;
