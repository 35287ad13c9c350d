import { orderService } from "../assembly/order-service.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { descriptionFaults } from "../catalogue/description-faults.ts";
import { parseDescriptionFile } from "../catalogue/openapi/parse-document.ts";
import { type ToldFinding, tellFaults } from "../catalogue/told-finding.ts";
import { actFlags, submission, tellAnswer } from "./act-answer.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { findingLines, placeFindings } from "./finding-lines.ts";
import { readBounded } from "./service-files.ts";

export const summary = "Publishes a service description, signed by its provider's seal";

export const description =
  "The running security server signs the description with the provider's seal; the governing authority holds it against " +
  "the publishing gate and the whole catalogue, countersigns and publishes it. The command ends when this server uses it; " +
  "the others do within seconds. Each finding has its place and remedy, as `sealway services check` prints them.\n" +
  "A new service is callable when the server knows where it is: by `services` in its configuration file, or by --target. A " +
  "target that comes with a publication is kept in the server's state directory, and must be at one of the hosts that the " +
  "server's owner lists for the subsystem (`serviceConnections`); no restart is needed. The target of a service that is " +
  "published already stays when none is given.";

export const flags = [
  ...actFlags,
  {
    kind: "text",
    name: "target",
    value: "URL",
    description: "Where the service is: its paths are appended.",
  },
  {
    kind: "number",
    name: "concurrency",
    value: "CALLS",
    default: 64,
    least: 1,
    most: 10_000,
    description: "With --target: calls at once; more are refused as busy.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The description, JSON." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  const file = files[0]!;
  const bytes = await readBounded(file);
  const faults = descriptionFaults(parseDescriptionFile(file, bytes));
  if (faults.length > 0) return tellFindings(file, bytes, tellFaults(faults));
  const configuration = await loadServerConfiguration(given.config);
  const { target, concurrency } = given;
  const { service, version, answer } = await orderService(configuration, {
    order: "service publish",
    description: bytes.toString("base64"),
    ...(target !== undefined && { target, concurrency }),
    ...submission(given),
  });
  process.stdout.write(`${service} ${version}\n`);
  const isByGate = answer.kind === "refused" && answer.findings.length > 0;
  if (isByGate) return tellFindings(file, bytes, answer.findings);
  if (answer.findings.length > 0) tellFindings(file, bytes, answer.findings);
  return tellAnswer(configuration, service, answer, given);
}

function tellFindings(file: string, bytes: Buffer, findings: readonly ToldFinding[]): number {
  process.stdout.write(`${findingLines(file, placeFindings(bytes, findings))}\n`);
  return exitCodes.failed;
}
