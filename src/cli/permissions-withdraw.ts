import { orderPermission } from "../assembly/permission-command.ts";
import type { PermissionOrder } from "../assembly/permission-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";

export const summary = "Declares that a person has withdrawn a permission, or that it has ended";

export const description =
  "The next call is refused, on every node. A person who withdraws gives no reason; with --because the permission ends " +
  "for one that lies elsewhere.";

export const flags = [
  providerConfigFlag,
  { kind: "required", name: "officer", value: "NAME", description: "Who says so." },
  {
    kind: "text",
    name: "because",
    value: "REASON",
    description: "Why it has ended: death, incapacity, majority, order, superseded or request-lapsed.",
  },
] as const satisfies readonly Flag[];

export const operands = { name: "ID", least: 1, most: 1, description: "The permission." } as const;

type Reason = Extract<PermissionOrder, { order: "permissions withdraw" }>["reason"];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const { id, revision } = await orderPermission(await loadServerConfiguration(given.config), {
    ...{ order: "permissions withdraw", permission: named[0]!, officer: given.officer },
    reason: (given.because as Reason | undefined) ?? null,
  });
  process.stdout.write(`${id} revision ${revision}\n`);
  return exitCodes.ok;
}
