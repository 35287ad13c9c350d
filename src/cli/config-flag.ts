import type { Flag } from "./arguments.ts";

const flag = { kind: "required", name: "config", value: "FILE", env: "SEALWAY_CONFIG" } as const;

/** Which security server a command is about. */
export const configFlag = {
  ...flag,
  description: "The configuration file of the security server.",
} as const satisfies Flag;

export const runningConfigFlag = {
  ...flag,
  description: "The configuration file of the security server, which must be running.",
} as const satisfies Flag;

export const providerConfigFlag = {
  ...flag,
  description: "The configuration file of the provider's security server.",
} as const satisfies Flag;
