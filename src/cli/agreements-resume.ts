import { actWithReason } from "./act-with-reason.ts";

export const summary = "Ends this side's suspension of an agreement";

export const description = "Calls go on when no other party suspends it and its conditions are met.";

export const { flags, operands, run } = actWithReason("resume");
