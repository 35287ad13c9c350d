import type { PlainAct } from "../assembly/agreement-orders.ts";
import { actOnAgreement, agreementOperand, reasonFlag, sideFlag } from "./agreements-made.ts";
import { type Flag, readArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";

const flags = [runningConfigFlag, sideFlag, reasonFlag, jsonFlag] as const satisfies readonly Flag[];
const operands = agreementOperand;

/** What a command does that has an act made which says no more than why. */
export function actWithReason(word: PlainAct): Required<Pick<Command, "flags" | "operands" | "run">> {
  const run = async (args: readonly string[]) => {
    const { flags: given, operands: named } = readArguments({ flags, operands }, args);
    return actOnAgreement(word, named, { reason: given.reason }, given);
  };
  return { flags, operands, run };
}
