import { readCaseCounts } from "../catalogue/case-counts.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { askOwnGateway, ownGatewayFlags } from "./own-gateway.ts";
import { readBounded } from "./service-files.ts";
import { printAnswer } from "./services-list.ts";

export const summary = "Hands in in how many cases something was asked of people";

export const description =
  "For the report of `sealway services use`: a member that may fetch a data element and goes on asking people for it is " +
  "known by its checked forms, and by these counts.\n" +
  "The file is CSV whose first line is `element,from,to,cases,collected`, or a list of objects with these members in " +
  "JSON: the data element (person.residence.address), the first and the last day (2026-01-31), how many cases there were, " +
  "and in how many of them the element was asked of the person. The running server keeps the counts in its log, signed " +
  "in the name of the subsystem's member.";

export const flags = ownGatewayFlags satisfies readonly Flag[];

export const operands: Operands = {
  name: "FILE",
  least: 1,
  most: 1,
  description: "The counts, .csv or .json.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const file = files[0]!;
  const bytes = await readBounded(file);
  const counts = readCaseCounts(file, bytes);
  const contentType = file.endsWith(".csv") ? "text/csv" : "application/json";
  const answer = await askOwnGateway(given, { path: "/catalogue/case-counts", body: { contentType, bytes } });
  return printAnswer("case-counts", answer, () => `${counts.length} counts are kept\n`);
}
