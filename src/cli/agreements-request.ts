import { makeAct } from "./agreements-made.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { jsonFlag } from "./json-flag.ts";
import { readBounded } from "./service-files.ts";

export const summary = "Asks a provider for an agreement";

export const description =
  "The file holds the terms (schemas/agreement/v1.schema.json; the server writes the revision), the answers those to the " +
  "questionnaire (schemas/agreement/questionnaire-v1.json): " +
  '`{"questionnaire": "access-to-data", "version": 1, "answers": {…}}`. The consumer\'s running security server signs the ' +
  "request and brings it to the provider's, and tries until it has it.";

export const flags = [
  runningConfigFlag,
  {
    kind: "required",
    name: "answers",
    value: "FILE",
    description: "The answers to the questionnaire, JSON.",
  },
  jsonFlag,
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The terms, JSON." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const [document, answers] = await Promise.all([readBounded(files[0]!), readBounded(given.answers)]);
  return makeAct(
    {
      order: "agreement request",
      document: document.toString("base64"),
      answers: answers.toString("base64"),
    },
    given,
  );
}
