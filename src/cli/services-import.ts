import { writeFile } from "node:fs/promises";
import { importCodes } from "../catalogue/openapi/import-codes.ts";
import { importOpenApi } from "../catalogue/openapi/import-openapi.ts";
import { parseDocument } from "../catalogue/openapi/parse-document.ts";
import type { Json } from "../core/canonical-json.ts";
import type { ServiceId } from "../core/ids.ts";
import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { readBounded, readServiceId } from "./service-files.ts";

export const summary = "Makes a service description from an OpenAPI document, 3.0 or 3.1";

export const description =
  "Reads JSON or YAML. What a description has no place for, and what cannot be inferred, is left out and listed with its " +
  "place on standard error: nothing is guessed. References out of the document are refused, never fetched. What the " +
  "description lacks then, `sealway services check` tells.";

export const flags = [
  {
    kind: "text",
    name: "id",
    value: "SERVICE",
    description:
      "The service it becomes, INSTANCE/CLASS/MEMBER/SUBSYSTEM/CODE; what the document has as x-sealway-service, unless told.",
  },
  {
    kind: "text",
    name: "out",
    value: "FILE",
    description:
      "Where the description is written; standard output unless told. An existing file is left alone.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "FILE",
  least: 1,
  most: 1,
  description: "The OpenAPI document.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const file = files[0]!;
  const document = parseDocument(file, await readBounded(file));
  const imported = importOpenApi(file, document, serviceOf(given.id, document));
  const text = `${JSON.stringify(imported.description, undefined, 2)}\n`;
  if (given.out === undefined) process.stdout.write(text);
  else await writeFile(given.out, text, { flag: "wx" });
  const lines = imported.notes.map(({ code, place, detail }) => {
    const { title, remedy } = importCodes[code];
    return `${place || "/"}: ${code}\n  ${title}${detail === "" ? "" : `: ${detail}`}. ${remedy}\n`;
  });
  process.stderr.write(lines.join(""));
  return exitCodes.ok;
}

function serviceOf(given: string | undefined, document: Json): ServiceId {
  const stated = (document as { readonly "x-sealway-service"?: unknown } | null)?.["x-sealway-service"];
  const text = given ?? stated;
  if (typeof text !== "string") throw new UsageError("--id SERVICE is required", flags[0].description);
  return readServiceId(text);
}
