import { changeOfStanding } from "./registration-change.ts";

export const summary = "Removes a member or a security server for good";

export const description =
  "Its name is never given again. A member needs two officers: the second one approves the request that this makes; its servers must have been removed or have another owner.";

export const { flags, operands, run } = changeOfStanding("remove");
