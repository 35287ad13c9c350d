import { orderPermission } from "../assembly/permission-command.ts";
import type { PermissionReports } from "../assembly/permission-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { providerConfigFlag } from "./config-flag.ts";

import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Shows a permission: its terms in words, its uses, and what became of it when";

export const flags = [providerConfigFlag, jsonFlag] as const satisfies readonly Flag[];

export const operands = { name: "ID", least: 1, most: 1, description: "The permission." } as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const order = { order: "permissions show", permission: named[0]! } as const;
  const shown = await orderPermission(await loadServerConfiguration(given.config), order);
  const { revisions, text, used } = shown;
  const uses = used === null ? [] : [`Used ${used} times.`];
  const lines = [...text, ...uses, "", ...revisions.map(lineOf)];
  process.stdout.write(given.json ? toJson(shown) : `${lines.join("\n")}\n`);
  return exitCodes.ok;
}

type Revision = PermissionReports["permissions show"]["revisions"][number];

function lineOf({ act, reason, representation, revision, state, time }: Revision): string {
  const by =
    act === null ? "" : act.kind === "declared" ? `declared by ${act.officer}` : `signed in at ${act.issuer}`;
  const power = act === null || representation === null ? "" : powerIn(representation);
  return [revision, new Date(time).toISOString(), state, reason ?? "", by, power].join("\t").trimEnd();
}

/** By what power somebody acted for the person, and who says so. */
function powerIn({ kind, power }: NonNullable<Revision["representation"]>): string {
  return power === undefined ? `as ${kind}` : `as ${kind}, by ${power.source}, exchange ${power.exchange}`;
}
