import { FormCheck, type FormVerdict, type HeldAnswer } from "../catalogue/form-check.ts";
import { readForm } from "../catalogue/read-form.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import {
  catalogueFlags,
  readBounded,
  readCatalogue,
  readClientId,
  readVocabulary,
  today,
} from "./service-files.ts";

export const summary = "Says what a form asks people for although a register holds it";

export const description =
  "The form is a JSON Schema, an OpenAPI document (its requests), a service description, or a list of questions in CSV or " +
  "JSON. Fields that name their data element are compared exactly; others by names and titles, with a stated confidence: " +
  "likely, or possible. What is not recognised is listed too. For what is held, the service to call is named, and " +
  "what an agreement must cover.\n" +
  "Exit code 1 means that something is asked for which is held, exactly or likely.";

export const flags = [
  ...catalogueFlags,
  {
    kind: "text",
    name: "client",
    value: "ID",
    description: "Who would ask: the services that it is entitled to ask are named first.",
  },
  { kind: "switch", name: "json", description: "Prints the result as JSON." },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "FORM", least: 1, most: 1, description: "The form's file." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const questions = readForm(files[0]!, await readBounded(files[0]!));
  if (questions === undefined) throw new UsageError(`${files[0]} is no form`);
  const catalogue = await readCatalogue(given.against);
  if (catalogue.length === 0)
    throw new UsageError("there is no service to compare with", "Name descriptions with --against.");
  const asker = given.client === undefined ? undefined : readClientId(given.client);
  const vocabulary = await readVocabulary(given.vocabulary);
  const verdict = new FormCheck(catalogue, vocabulary, today(), asker).check(questions);
  process.stdout.write(
    given.json ? `${JSON.stringify(verdict, undefined, 2)}\n` : printText(verdict, questions.length),
  );
  const sure = verdict.held.some(({ advice, confidence }) => advice === "call" && confidence !== "possible");
  return sure ? exitCodes.failed : exitCodes.ok;
}

function printText({ held, agreements, free, unknown }: FormVerdict, count: number): string {
  const lines = [
    ...held.map(describe),
    ...agreements.map(({ service, endpoints, elements, purposes, provisions, entitled }) =>
      [
        `AGREEMENT with ${service}`,
        `  endpoints: ${endpoints.map(({ method, path }) => `${method} ${path}`).join(", ") || "ask the provider"}`,
        `  elements: ${elements.join(", ")}`,
        `  purposes that need them: ${purposes.join(", ") || "none yet: ask the provider"}`,
        `  lawful bases of the provider: ${provisions.join("; ") || "none stated"}`,
        `  who may ask: ${entitled.join(", ") || "not stated"}`,
      ].join("\n"),
    ),
    ...free.map(
      ({ place, asked, element }) =>
        `free     ${place}: "${asked}" is ${element}, which no register here holds`,
    ),
    ...unknown.map(({ place, asked }) => `unknown  ${place}: "${asked}" is not recognised`),
    `${count} questions: ${held.length} held, ${free.length} free, ${unknown.length} unknown`,
  ];
  return `${lines.join("\n")}\n`;
}

function describe({
  place,
  asked,
  element,
  confidence,
  advice,
  service,
  register,
  predicates,
}: HeldAnswer): string {
  const what = `${confidence.padEnd(8)} ${place}: you ask people for "${asked}" (${element})`;
  if (advice === "key") return `${what}; it finds the person at ${service}: keep it`;
  const yesNo = predicates.length > 0 ? `; yes or no: ${predicates.join(", ")}` : "";
  return `${what}; ${service} holds it (register ${register})${yesNo}`;
}
