import { createHash } from "node:crypto";
import { parseServiceDescription } from "../catalogue/service-description.ts";
import { type Flag, type Operands, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { startMockServer } from "./mock-server.ts";
import { readBounded, readDescription } from "./service-files.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Answers as a described service would, from the examples of its description";

export const description =
  "For consumers that begin before the provider is ready. Listens on loopback, at the service's paths and below " +
  "/r1/SERVICE. A request is held against its schemas, and told what is wrong with it; the answer is the first example of " +
  "the first successful status, or of the one in `Prefer: code=404`. Nothing is signed, logged or asked for.";

export const flags = [
  {
    kind: "number",
    name: "port",
    value: "PORT",
    default: 8090,
    least: 0,
    most: 65535,
    description: "Where it listens; 0 for any free port.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = { name: "FILE", least: 1, most: 1, description: "The description." };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: files } = readArguments({ flags, operands }, args);
  await readDescription(files[0]!);
  const bytes = await readBounded(files[0]!);
  const service = parseServiceDescription(bytes, createHash("sha256").update(bytes).digest("base64url"));
  const server = await startMockServer(service, given.port);
  process.stdout.write(`${service.id} is mocked at ${server.address}\n`);
  await stopSignal();
  await server.close();
  return exitCodes.ok;
}
