import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { orderPermission } from "../assembly/permission-command.ts";
import type { PermissionOrder } from "../assembly/permission-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { sha256Base64Url } from "../core/bytes.ts";
import { parseClientId, parseServiceId } from "../core/ids.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";

export const summary = "Declares that a person has given a permission";

export const description =
  "For permissions on paper or at a counter: the provider's member signs that the officer says so, and names the officer. " +
  "The person's identifier is read from standard input, with --representative the representative's on a second line. " +
  "The running server does it, and it is in force at once.";

export const flags = [
  providerConfigFlag,
  { kind: "required", name: "service", value: "ID", description: "The service that may be asked." },
  { kind: "required", name: "purpose", value: "ID", description: "A purpose of it that needs a permission." },
  { kind: "required", name: "consumer", value: "ID", description: "The subsystem that may ask." },
  { kind: "required", name: "subject", value: "SCHEME", description: "The scheme of the identifier." },
  { kind: "required", name: "officer", value: "NAME", description: "Who says that the person gave it." },
  {
    kind: "number",
    name: "days",
    value: "N",
    default: 365,
    least: 1,
    most: 3660,
    description: "How long it holds, from now.",
  },
  {
    kind: "number",
    name: "uses",
    value: "N",
    default: 0,
    least: 0,
    most: 1_000_000,
    description: "How often it may be used in all; 0 for any number.",
  },
  {
    kind: "number",
    name: "keep-days",
    value: "N",
    default: 0,
    least: 0,
    most: 36_500,
    description: "How long the consumer may keep the data; 0 when its own law says so.",
  },
  { kind: "list", name: "field", value: "POINTER", description: "Only this field; may be repeated." },
  {
    kind: "text",
    name: "proof",
    value: "FILE",
    description: "The paper: its digest is signed, no more of it.",
  },
  {
    kind: "text",
    name: "representative",
    value: "KIND",
    description: "Somebody acted for the person, by power as guardian, curator, mandate or employee.",
  },
  {
    kind: "text",
    name: "power",
    value: "FILE",
    description: "What proves that power: its digest is signed.",
  },
] as const satisfies readonly Flag[];

type Given = FlagValues<typeof flags>;
type Declaration = Extract<PermissionOrder, { order: "permissions declare" }>;

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const [value = "", representative] = (await readAll(process.stdin)).split("\n").map((line) => line.trim());
  if (value === "") throw new UsageError("standard input has no identifier");
  const order: Declaration = {
    order: "permissions declare",
    consumer: parseClientId(given.consumer),
    officer: given.officer,
    proof: await digestOf(given.proof),
    asked: {
      ...{ service: parseServiceId(given.service), purpose: given.purpose, days: given.days },
      person: { scheme: given.subject, value },
      fields: given.field.length === 0 ? null : given.field,
      limits: { uses: given.uses || null, keepDays: given["keep-days"] || null },
    },
    representation: await representationOf(given, representative),
  };
  const { id } = await orderPermission(await loadServerConfiguration(given.config), order);
  process.stdout.write(`${id}\n`);
  return exitCodes.ok;
}

async function representationOf(
  { power, representative: kind, subject: scheme }: Given,
  value: string | undefined,
): Promise<Declaration["representation"]> {
  if (kind === undefined && power === undefined) return null;
  const proof = await digestOf(power);
  if (kind === undefined || proof === null || value === undefined || value === "")
    throw new UsageError(
      "--representative, --power and a second line of standard input belong together",
      "Name the kind of power, the file that proves it, and the representative's identifier.",
    );
  return { kind: kind as "guardian", proof, scheme, value };
}

async function digestOf(file: string | undefined): Promise<string | null> {
  return file === undefined ? null : sha256Base64Url(await readFile(file));
}
