import { orderCasework } from "../assembly/order-casework.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { parseClientId, parseServiceId } from "../core/ids.ts";
import { type Flag, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readDay } from "./read-day.ts";
import { readStandardInput } from "./standard-input.ts";

export const summary = "Tells everybody who got a person's data from a service that it was wrong";

export const description =
  "GDPR Art. 19: the log knows who got it, in answers and in pushes. Each recipient gets a signed notice that names the " +
  "exchanges, until it has it, and reports what it did; `corrections list` shows who has not. The person's identifier is " +
  "read from standard input, with --note a note to the recipients on the lines after it; both are encrypted in all logs.";

export const flags = [
  runningConfigFlag,
  { kind: "required", name: "own", value: "ID", description: "The subsystem that disclosed it." },
  { kind: "required", name: "service", value: "ID", description: "The service by which it did." },
  {
    kind: "required",
    name: "subject",
    value: "SCHEME",
    description: "The scheme of the person's identifier, as service descriptions name it.",
  },
  {
    kind: "list",
    name: "element",
    value: "NAME",
    description: "A data element that was wrong: person.residence.address; may be repeated.",
  },
  { kind: "required", name: "as-of", value: "DATE", description: "Since when it is known to be wrong." },
  {
    kind: "required",
    name: "from",
    value: "DATE",
    description: "First day, UTC, on which it was disclosed.",
  },
  { kind: "required", name: "to", value: "DATE", description: "Last day on which it was." },
  { kind: "switch", name: "note", description: "A note follows the identifier." },
] as const satisfies readonly Flag[];

const dayMs = 86_400_000;

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  if (given.element.length === 0) throw new UsageError("no element is named", "Give --element.");
  const [value = "", ...lines] = (await readStandardInput("text")).split("\n");
  const note = lines.join("\n").trim();
  if (given.note === (note === "")) throw new UsageError("--note and a note belong together");
  const { id, recipients } = await orderCasework(await loadServerConfiguration(given.config), {
    ...{
      order: "corrections announce",
      own: parseClientId(given.own),
      service: parseServiceId(given.service),
    },
    ...{ elements: given.element, asOf: readDay("as-of", given["as-of"]) },
    ...{ from: readDay("from", given.from), until: readDay("to", given.to) + dayMs },
    ...{ subject: { scheme: given.subject, value: value.trim() }, ...(note !== "" && { note }) },
  });
  process.stdout.write(
    id === null
      ? "nobody got this data in that time\n"
      : `correction ${id}: ${recipients} recipients are told\n`,
  );
  return exitCodes.ok;
}
