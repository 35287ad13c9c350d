import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { factLines } from "./fact-lines.ts";
import { jsonFlag } from "./json-flag.ts";
import { askOwnGateway, ownGatewayFlags } from "./own-gateway.ts";
import { readServiceId } from "./service-files.ts";
import { printAnswer } from "./services-list.ts";

export const summary = "Shows a service of the catalogue";

export const description =
  "Asks the running server, in the name of a subsystem: the description as it is published, its schemas with --json only, " +
  "or with --openapi an OpenAPI 3.1 document of it.";

export const flags = [
  ...ownGatewayFlags,
  jsonFlag,
  { kind: "switch", name: "openapi", description: "Prints it as OpenAPI, in JSON." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE",
  least: 1,
  most: 1,
  description: "Written INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE.",
};

/** For programs. */
const unread: ReadonlySet<string> = new Set(["schema", "schemas"]);

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const page = given.openapi ? "openapi" : "services";
  const path = `/catalogue/${page}/${readServiceId(named[0]!)}`;
  const pretty = (text: string) => `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;
  const facts = (text: string) => `${factLines(JSON.parse(text), unread).join("\n")}\n`;
  const print = given.json || given.openapi ? pretty : facts;
  return printAnswer("show", await askOwnGateway(given, { path }), print);
}
