import { orderPermission } from "../assembly/permission-command.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";
import { readStandardInput } from "./standard-input.ts";
import { printedTable } from "./table-lines.ts";

export const summary = "Lists permissions to the services of a subsystem, newest first";

export const description =
  "With --subject those of one person, whose identifier is read from standard input. A last line says when there " +
  "are more.";

export const flags = [
  providerConfigFlag,
  {
    kind: "required",
    name: "provider",
    value: "ID",
    description: "The subsystem that provides the services.",
  },
  { kind: "text", name: "consumer", value: "ID", description: "Only those given to this subsystem." },
  {
    kind: "text",
    name: "state",
    value: "STATE",
    description: "Only requested, active, declined, withdrawn or ended ones.",
  },
  {
    kind: "text",
    name: "subject",
    value: "SCHEME",
    description: "Only those of a person, by an identifier of this scheme.",
  },
  { kind: "text", name: "before", value: "ID", description: "Those behind this one." },
  jsonFlag,
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { before, config, consumer, json, provider, state, subject } = readArguments({ flags }, args).flags;
  const report = await orderPermission(await loadServerConfiguration(config), {
    ...{ order: "permissions list", provider, before: before ?? null },
    ...{ consumer: consumer ?? null, state: state ?? null, person: await readPerson(subject) },
  });
  if (json) {
    process.stdout.write(toJson(report));
    return exitCodes.ok;
  }
  const rows = report.permissions.map((one) => {
    const { id, revision, state, kind, consumer, service, purpose, validity } = one;
    const end = new Date(validity.to).toISOString().slice(0, 10);
    return [id, `${revision}`, state, kind, end, consumer, service, purpose];
  });
  process.stdout.write(printedTable(heads, rows));
  if (report.more) process.stdout.write(`more: --before ${report.permissions.at(-1)!.id}\n`);
  return exitCodes.ok;
}

const heads = ["id", "revision", "state", "kind", "until", "consumer", "service", "purpose"];

async function readPerson(scheme: string | undefined) {
  if (scheme === undefined) return null;
  return { scheme, value: await readStandardInput("identifier") };
}
