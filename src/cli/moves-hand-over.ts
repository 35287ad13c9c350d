import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { orderMove } from "../assembly/moves/move-orders.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { parseClientId, parseServerId } from "../core/ids.ts";
import { parseHandOverStatement } from "../message/registration/hand-over-statement.ts";
import type { Change } from "../message/registration/registration-change.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { movedFlag } from "./moved-flag.ts";

export const summary = "Hands the agreements of a subsystem over to the server that it moves to";

export const description =
  "Writes a file, signed by this server's owner, with the acts on its agreements; `moves adopt` takes it at the new server " +
  "before the governing authority moves the subsystem. Refused while `moves check` lists anything. No act on its agreements " +
  "should be made in between: hand over again if one was.";

export const flags = [
  runningConfigFlag,
  movedFlag,
  { kind: "required", name: "to", value: "SERVER", description: "The server that it moves to." },
  { kind: "required", name: "out", value: "FILE", description: "The file to write; it must not exist." },
  {
    kind: "text",
    name: "request",
    value: "FILE",
    description: "Writes the changes that move it, too, for `registration request`; the file must not exist.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, out, request, subsystem, to } = readArguments({ flags }, args).flags;
  const { papers } = await orderMove(await loadServerConfiguration(config), {
    ...{ order: "move hand-over", subsystem: parseClientId(subsystem), to: parseServerId(to) },
    file: resolve(out),
  });
  if (request !== undefined) await writeRequest(out, request);
  process.stdout.write(`${out} has ${papers} acts and receipts\n`);
  return exitCodes.ok;
}

async function writeRequest(out: string, file: string): Promise<void> {
  const { statement } = JSON.parse(await readFile(out, "utf8")) as { readonly statement: string };
  const { from, subsystem: client, to: server } = parseHandOverStatement(statement).payload;
  const changes: readonly Change[] = [
    { kind: "client-remove", client, server: from },
    { kind: "client-add", client, server, handOver: statement },
  ];
  await writeFile(file, `${JSON.stringify(changes, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
}
