import { changeOfStanding } from "./registration-change.ts";

export const summary = "Ends the suspension of a member or a security server";

export const description = "What the authority suspended, its officers resume.";

export const { flags, operands, run } = changeOfStanding("resume");
