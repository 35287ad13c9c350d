import { actWithReason } from "./act-with-reason.ts";

export const summary = "Declines the terms of an agreement that are proposed";

export const description =
  "What was in force before stays in force. Where the law orders the access, the provider cannot decline: the terms come into force after the deadline.";

export const { flags, operands, run } = actWithReason("decline");
