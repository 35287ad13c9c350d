import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { askOwnGateway, type OwnAnswer, ownGatewayFlags } from "./own-gateway.ts";

export const summary = "Lists the services of the catalogue";

export const description =
  "Asks the running server, in the name of a subsystem: services that are not visible to it are not there. With --dcat " +
  "the whole catalogue is printed as DCAT-AP in JSON-LD, for a data portal.";

export const flags = [
  ...ownGatewayFlags,
  { kind: "switch", name: "json", description: "Prints the services as JSON." },
  { kind: "switch", name: "dcat", description: "Prints the catalogue as DCAT-AP (JSON-LD)." },
] as const satisfies readonly Flag[];

/** A service as the catalogue lists it. */
export interface ListedService {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly title: { readonly en: string };
}

interface ListedPage {
  readonly services: readonly ListedService[];
  readonly next: string | null;
}

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  if (given.dcat)
    return printAnswer("list", await askOwnGateway(given, { path: "/catalogue/dcat" }), (text) => text);
  const services: ListedService[] = [];
  let next: string | null = "";
  while (next !== null) {
    const path: string = `/catalogue?limit=1000&after=${encodeURIComponent(next)}`;
    const answer = await askOwnGateway(given, { path });
    if (answer.outcome === "refused") return printAnswer("list", answer, (text) => text);
    const page = JSON.parse(answer.bytes.toString("utf8")) as ListedPage;
    services.push(...page.services);
    next = page.next;
  }
  process.stdout.write(
    given.json ? `${JSON.stringify(services, undefined, 2)}\n` : describeServices(services),
  );
  return exitCodes.ok;
}

/** A line for each. */
export function describeServices(services: readonly ListedService[]): string {
  if (services.length === 0) return "no service\n";
  return services
    .map(({ id, version, state, title }) => {
      const standing = state === "published" ? "" : ` (${state})`;
      return `${id}  ${version}${standing}  ${title.en.replace(/\p{Cc}/gu, " ")}\n`;
    })
    .join("");
}

/** Prints what the gateway answered, or why it did not. @returns the exit code */
export function printAnswer(name: string, answer: OwnAnswer, print: (text: string) => string): number {
  if (answer.outcome === "refused") {
    process.stderr.write(`sealway services ${name}: the security server did not answer: ${answer.reason}\n`);
    return exitCodes.failed;
  }
  process.stdout.write(print(answer.bytes.toString("utf8")));
  return exitCodes.ok;
}
