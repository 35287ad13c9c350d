import { actWithReason } from "./act-with-reason.ts";

export const summary = "Stops all calls under an agreement";

export const description =
  "Consumer and provider each have a flag of their own; either stops calls, which are refused with `agreement_suspended`. Whoever set one clears it: `agreements resume`. The governing authority has another, which `registration agreement` sets and clears.";

export const { flags, operands, run } = actWithReason("suspend");
