import type { Flag } from "./arguments.ts";

/** Where registration requests go. */
export const authorityFlag = {
  kind: "required",
  name: "authority",
  value: "URL",
  env: "SEALWAY_AUTHORITY",
  description: "The governing authority.",
} as const satisfies Flag;

/** Which authority that is: what is signed for one means nothing to another. */
export const anchorFlag = {
  kind: "required",
  name: "anchor",
  value: "FILE",
  description: "The anchor that the authority gave.",
} as const satisfies Flag;

/** Which request. */
export const requestOperand = {
  name: "REQUEST",
  least: 1,
  most: 1,
  description: "The id under which it was handed in.",
} as const;

/** Where an authority keeps the log of its registry. */
export const registryLogFlag = {
  kind: "text",
  name: "postgresql",
  value: "FILE",
  description:
    "Keeps the log of the registry in PostgreSQL: a JSON file as `postgresql` in the configuration of a security server. " +
    "Without it the log is in SQLite below --state.",
} as const satisfies Flag;
