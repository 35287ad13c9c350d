import { actWithReason } from "./act-with-reason.ts";

export const summary = "Stops all calls under an agreement";

export const description =
  "Consumer, provider and governing authority each have a flag of their own; any of them stops calls, which are refused with `agreement_suspended`. Whoever set one clears it: `agreements resume`.";

export const { flags, operands, run } = actWithReason("suspend");
