import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { askOwnGateway, ownGatewayFlags } from "./own-gateway.ts";
import { describeServices, type ListedService, printAnswer } from "./services-list.ts";

export const summary = "Searches the catalogue by words";

export const description =
  "Asks the running server, in the name of a subsystem. Names, titles, descriptions, fields and data elements are " +
  "searched in all their languages; case and accents do not count, and the beginning of a word will do. A service is " +
  "found that has all the words.";

export const flags = [
  ...ownGatewayFlags,
  {
    ...{ kind: "number", name: "limit", value: "COUNT", default: 20, least: 1, most: 1000 },
    description: "Most services on a page.",
  },
  {
    kind: "text",
    name: "cursor",
    value: "TEXT",
    description: "Goes on where a page of the same search ended.",
  },
  { kind: "switch", name: "json", description: "Prints the page as JSON." },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "WORD", least: 1, most: 16, description: "What is looked for." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: words } = readArguments({ flags, operands }, args);
  const { limit, cursor } = given;
  const query = new URLSearchParams({ q: words.join(" "), limit: String(limit), ...(cursor && { cursor }) });
  const answer = await askOwnGateway(given, { path: `/catalogue/search?${query}` });
  return printAnswer("search", answer, (text) => {
    const page = JSON.parse(text) as { services: ListedService[]; total: number; cursor: string | null };
    if (given.json) return `${JSON.stringify(page, undefined, 2)}\n`;
    const more = page.cursor === null ? "" : `more: --cursor ${page.cursor}\n`;
    return `${describeServices(page.services)}${page.total} found\n${more}`;
  });
}
