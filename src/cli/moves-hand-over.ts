import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type MoveReports, orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import type { Change } from "../message/registration/registration-change.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";

export const summary = "Hands over what a subsystem takes along to the server that it moves to";

export const description =
  "Writes a file, signed by this server's owner: the acts on its agreements, and encrypted to the server that invited " +
  "permissions with their uses, the quotas of the day so far, and restrictions. `moves adopt` takes it there before the " +
  "governing authority moves the subsystem; invited and handed over once more after the move, what was done here in " +
  "between goes along, too. Refused while `moves check` lists anything.";

export const flags = [
  runningConfigFlag,
  {
    kind: "required",
    name: "invitation",
    value: "FILE",
    description: "What `moves invite` wrote at the server that it moves to.",
  },
  { kind: "required", name: "out", value: "FILE", description: "The file to write; it must not exist." },
  {
    kind: "text",
    name: "request",
    value: "FILE",
    description: "Writes the changes that move it, too, for `registration request`; the file must not exist.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, invitation, out, request } = readArguments({ flags }, args).flags;
  const done = await orderMove(await loadServerConfiguration(config), {
    ...{ order: "move hand-over", invitation: resolve(invitation), file: resolve(out) },
  });
  if (request !== undefined) await writeRequest(done, request);
  const { papers, permissions, subsystem, to } = done;
  const what = `${papers} acts and receipts, ${permissions} permissions`;
  process.stdout.write(`${out} hands ${subsystem} over to ${to}: ${what}\n`);
  return exitCodes.ok;
}

async function writeRequest(
  { from, statement, subsystem: client, to: server }: MoveReports["move hand-over"],
  file: string,
): Promise<void> {
  const changes: readonly Change[] = [
    { kind: "client-remove", client, server: from },
    { kind: "client-add", client, server, handOver: statement },
  ];
  await writeFile(file, `${JSON.stringify(changes, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
}
