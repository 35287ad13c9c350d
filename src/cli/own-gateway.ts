import { readFile } from "node:fs/promises";
import { loadServerConfiguration, type ServerConfiguration } from "../assembly/server-configuration.ts";
import { type Flag, type FlagValues, UsageError } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";

/** How a command calls the running server as an information system does. */
export const ownGatewayFlags = [
  configFlag,
  {
    kind: "required",
    name: "client",
    value: "ID",
    description: "The subsystem in whose name it is asked; it sees what is visible to it.",
  },
  {
    kind: "text",
    name: "gateway",
    value: "URL",
    description: "The server's interface for information systems; its HTTP port on this machine unless told.",
  },
  {
    kind: "text",
    name: "token-file",
    value: "FILE",
    description: "The bearer token of the subsystem, where it has one.",
  },
] as const satisfies readonly Flag[];

export type OwnGateway = FlagValues<typeof ownGatewayFlags>;

/** A question at the gateway's own pages. */
export interface OwnQuestion {
  /** With its query. */
  readonly path: string;
  /** Sent by POST. */
  readonly body?: { readonly contentType: string; readonly bytes: Buffer };
}

/** What came of it: what the gateway answered, or why it did not, in its words. */
export type OwnAnswer =
  | { readonly outcome: "answered"; readonly bytes: Buffer }
  | { readonly outcome: "refused"; readonly reason: string };

/** Asks the running server. @throws UsageError when no door to it is known; errors of the network */
export async function askOwnGateway(given: OwnGateway, { path, body }: OwnQuestion): Promise<OwnAnswer> {
  const door = doorOf(await loadServerConfiguration(given.config), given.gateway);
  const headers = new Headers({ "X-Road-Client": given.client });
  await addToken(headers, given["token-file"]);
  if (body !== undefined) headers.set("Content-Type", body.contentType);
  const sent = body === undefined ? {} : { method: "POST", body: new Uint8Array(body.bytes) };
  return readAnswer(await fetch(`${door}${path}`, { ...sent, headers, redirect: "error" }));
}

export async function readAnswer(answer: Response): Promise<OwnAnswer> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status === 200) return { outcome: "answered", bytes };
  return { outcome: "refused", reason: `${answer.status} ${reasonIn(bytes)}` };
}

export async function addToken(headers: Headers, tokenFile: string | undefined): Promise<void> {
  if (tokenFile !== undefined)
    headers.set("Proxy-Authorization", `Bearer ${(await readFile(tokenFile, "utf8")).trim()}`);
}

/** @throws UsageError when there is none */
export function doorOf({ consumerInterface }: ServerConfiguration, gateway: string | undefined): string {
  if (gateway !== undefined && URL.canParse(gateway)) return new URL(gateway).origin;
  const { httpPort } = consumerInterface;
  if (gateway !== undefined || httpPort === null)
    throw new UsageError("--gateway is no URL, or missing", "Write http://127.0.0.1:8080.");
  return `http://127.0.0.1:${httpPort}`;
}

function reasonIn(bytes: Buffer): string {
  try {
    const { code = "", message = "" } = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
    return `${code} ${message}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 500);
  } catch {
    return "";
  }
}
