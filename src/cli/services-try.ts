import { request } from "undici";
import { loadServerConfiguration, type ServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type FlagValues, type Operands, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { runningConfigFlag } from "./config-flag.ts";
import { readBounded, readServiceId } from "./service-files.ts";

export const summary = "Calls a service through the own security server, as an information system does";

export const description =
  "A real call, signed and recorded like any other: the agreement, the purpose and the log are those of the client that " +
  "asks. Prints the answer's body on standard output, and status, exchange id, version and what was cut on standard " +
  "error. By plain HTTP; for a client that is registered with HTTPS, a certificate or a token, use its own tools.";

export const flags = [
  runningConfigFlag,
  {
    kind: "text",
    name: "client",
    value: "ID",
    description:
      "Who asks: a subsystem of the configuration; the only one that asks by plain HTTP, unless told.",
  },
  {
    kind: "text",
    name: "body",
    value: "FILE",
    description: "The request's body; sent as JSON unless --header says else.",
  },
  { kind: "text", name: "purpose", value: "ID", description: "The purpose, sent as Sealway-Purpose." },
  {
    kind: "list",
    name: "header",
    value: "NAME:VALUE",
    description: "A header of the request; may be repeated.",
  },
  {
    kind: "text",
    name: "url",
    value: "URL",
    description:
      "The server's interface for information systems; the one that the configuration has, unless told.",
  },
] as const satisfies readonly Flag[];

export const operands: Operands = {
  name: "SERVICE METHOD PATH",
  least: 3,
  most: 3,
  description: "The service, the method, and the path below the service with its query.",
};

/** Headers of the answer that tell what became of the call. */
const told = [
  ...["sealway-exchange-id", "sealway-service-version", "sealway-removed-fields", "sealway-withdrawn-fields"],
  ...["deprecation", "sunset", "x-road-error"],
];

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [id = "", method = "", path = ""] = named;
  const service = readServiceId(id);
  if (!path.startsWith("/")) throw new UsageError(`"${path}" is no path`, "Begin it with a slash.");
  const configuration = await loadServerConfiguration(given.config);
  const base = (given.url ?? addressOf(configuration)).replace(/\/$/, "");
  const body = given.body === undefined ? null : await readBounded(given.body);
  const headers = headersOf(configuration, given, body !== null);
  const answer = await request(`${base}/r1/${service}${path}`, {
    method: method.toUpperCase(),
    headers,
    body,
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const lines = told.flatMap((name) => {
    const value = answer.headers[name];
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  process.stderr.write(`${[`status: ${answer.statusCode}`, ...lines].join("\n")}\n`);
  process.stdout.write(bytes);
  if (bytes.length > 0 && bytes.at(-1) !== 0x0a) process.stdout.write("\n");
  const isAnswer = answer.headers["x-road-error"] === undefined && answer.statusCode < 400;
  return isAnswer ? exitCodes.ok : exitCodes.failed;
}

function addressOf({ consumerInterface: { host, httpPort } }: ServerConfiguration): string {
  if (httpPort === null || httpPort === 0)
    throw new UsageError("the configuration has no HTTP port", "Give --url.");
  const isAny = host === "0.0.0.0" || host === "::";
  return `http://${isAny ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${httpPort}`;
}

function headersOf(
  { clients }: ServerConfiguration,
  given: FlagValues<typeof flags>,
  hasBody: boolean,
): Record<string, string> {
  const plain = clients
    .filter(({ authentication }) => authentication === "http")
    .map((client) => client.id as string);
  const client = given.client ?? (plain.length === 1 ? plain[0]! : undefined);
  if (client === undefined)
    throw new UsageError(
      "--client ID is required",
      `These ask by plain HTTP: ${plain.join(", ") || "none"}.`,
    );
  const headers: Record<string, string> = { "x-road-client": client };
  if (hasBody) headers["content-type"] = "application/json";
  if (given.purpose !== undefined) headers["sealway-purpose"] = given.purpose;
  for (const header of given.header) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(header) ?? [];
    if (name === undefined) throw new UsageError(`--header ${header} is not NAME:VALUE`);
    headers[name.toLowerCase()] = value!;
  }
  return headers;
}
