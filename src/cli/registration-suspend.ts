import { changeOfStanding } from "./registration-change.ts";

export const summary = "Suspends a member or a security server";

export const description =
  "Nothing of it is served, and a suspended member's seals do not count, from the next version of the configuration on, which every server has within seconds. The owner of a server may suspend its own.";

export const { flags, operands, run } = changeOfStanding("suspend");
