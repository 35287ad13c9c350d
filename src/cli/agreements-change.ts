import { makeAct, reasonFlag, sideFlag, sideOf } from "./agreements-made.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";
import { readBounded } from "./service-files.ts";

export const summary = "Proposes other terms of an agreement to the other side";

export const description =
  "What is in force stays in force until the other side approves. The server writes the next revision into the terms.";

export const flags = [runningConfigFlag, sideFlag, reasonFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The terms, JSON." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const document = (await readBounded(files[0]!)).toString("base64");
  const { reason } = given;
  return makeAct({ order: "agreement change", document, reason, ...sideOf(given) }, given);
}
