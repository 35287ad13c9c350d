import { actWithReason } from "./act-with-reason.ts";

export const summary = "Ends an agreement for good";

export const description = "Nothing more can be done to it; to go on, ask for another one.";

export const { flags, operands, run } = actWithReason("end");
