import { type Flag, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { askOwnGateway, ownGatewayFlags } from "./own-gateway.ts";
import { readBounded, readServiceId } from "./service-files.ts";

export const summary = "Tells whether a call would be permitted, and why";

export const description =
  "A dry run: the provider's security server decides by the very rules that decide calls, and nothing reaches the " +
  "service. Write the path as the service description has it, with {code} for whoever it is about. A path or --subject " +
  "that names somebody is told to the person as checked, and is for clients only that have an agreement on the service. " +
  "Exit code 0 means permitted; an open verdict depends on something that only a call says.";

export const flags = [
  ...ownGatewayFlags,
  { kind: "text", name: "purpose", value: "ID", description: "The purpose, as in Sealway-Purpose." },
  {
    kind: "text",
    name: "decision-use",
    value: "USE",
    description:
      "What the answer is for, as in Sealway-Decision-Use: automated, caseworker, analytics or none.",
  },
  {
    kind: "text",
    name: "subject",
    value: "FILE",
    description: 'Whom the call would be about, as JSON: {"scheme", "value"}.',
  },
  { kind: "switch", name: "json", description: "Prints the verdict as JSON." },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE METHOD PATH",
  least: 3,
  most: 3,
  description: "The service, the method, and the path below the service with its query.",
};

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [id = "", method = "", target = ""] = named;
  const mark = target.indexOf("?");
  const question = {
    service: readServiceId(id),
    method: method.toUpperCase(),
    path: mark < 0 ? target : target.slice(0, mark),
    ...(mark >= 0 && { query: target.slice(mark + 1) }),
    ...(given.purpose !== undefined && { purpose: given.purpose }),
    ...(given["decision-use"] !== undefined && { decisionUse: given["decision-use"] }),
    ...(given.subject !== undefined && { subject: await readSubject(given.subject) }),
  };
  const body = { contentType: "application/json", bytes: Buffer.from(JSON.stringify(question)) };
  const answer = await askOwnGateway(given, { path: "/decisions", body });
  if (answer.outcome === "refused") {
    process.stderr.write(`decide: ${answer.reason}\n`);
    return exitCodes.failed;
  }
  const decision = JSON.parse(answer.bytes.toString("utf8")) as ToldDecision;
  process.stdout.write(given.json ? `${JSON.stringify(decision, undefined, 2)}\n` : describe(decision));
  return decision.verdict === "permit" ? exitCodes.ok : exitCodes.failed;
}

/** `answer` of `schemas/control/v1/decisions.schema.json`: the gateway has checked it. */
interface ToldDecision {
  readonly verdict: keyof typeof words;
  readonly code: string | null;
  readonly hop: string;
  readonly title: string | null;
  readonly detail: string | null;
  readonly remedy: string | null;
  readonly needed: readonly string[];
  readonly fieldsRemoved: readonly string[];
  readonly trace: readonly {
    readonly rule: string;
    readonly outcome: string;
    readonly mends: string;
    readonly inputs: readonly {
      readonly kind: string;
      readonly id: string;
      readonly revision: string | number;
    }[];
  }[];
}

async function readSubject(file: string): Promise<unknown> {
  const bytes = await readBounded(file);
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new UsageError(`${file} is no JSON`, 'Write {"scheme": "…", "value": "…"}.');
  }
}

const words = { permit: "permitted", deny: "refused", open: "open" } as const;

function describe({ verdict, code, hop, title, detail, remedy, ...decision }: ToldDecision): string {
  const because = code === null ? "" : ` by the ${hop}'s security server: ${code}`;
  const reasons = [title, detail, remedy].flatMap((text) => (text === null ? [] : [`  ${plain(text)}`]));
  const needed = decision.needed.length === 0 ? [] : [`  depends on: ${decision.needed.join(", ")}`];
  const removed =
    decision.fieldsRemoved.length === 0 ? [] : [`  would be removed: ${decision.fieldsRemoved.join(", ")}`];
  const trace = decision.trace.map(({ rule, outcome, mends, inputs }) => {
    const looked = inputs.map(({ kind, id, revision }) => `${kind} ${id} (${revision})`).join(", ");
    const who = outcome === "failed" ? `; the ${mends} can mend it` : "";
    return `  ${outcome.padEnd(7)} ${rule}${looked === "" ? "" : `: ${looked}`}${who}`;
  });
  return `${[`${words[verdict]}${because}`, ...reasons, ...needed, ...removed, ...trace].map(plain).join("\n")}\n`;
}

/** The words are the other side's. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
