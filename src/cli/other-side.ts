import { readFile } from "node:fs/promises";
import { openEvidence } from "../assembly/open-evidence.ts";
import type { ServerConfiguration } from "../assembly/server-configuration.ts";
import { findParts, ownSubsystem, peerSubsystem } from "../messagelog/desk/find-parts.ts";
import { type Flag, UsageError } from "./arguments.ts";

/** How a command reaches the running server as an information system does. */
export const otherSideFlags = [
  {
    kind: "switch",
    name: "other-side",
    description:
      "Fetches the other side's package of the exchange instead, by an exchange of its own through the running server, " +
      "in the name of the subsystem that took part. Heads are left out of it.",
  },
  {
    kind: "text",
    name: "gateway",
    value: "URL",
    description:
      "With --other-side: the server's interface for information systems; its HTTP port on this machine unless told.",
  },
  {
    kind: "text",
    name: "token-file",
    value: "FILE",
    description: "With --other-side: the bearer token of the subsystem, where it has one.",
  },
] as const satisfies readonly Flag[];

export interface OtherSide {
  /** Stands in the exchange as its user. */
  readonly who: string;
  readonly gateway: string | undefined;
  readonly "token-file": string | undefined;
}

/** What came of it: the package, or why there is none, in the server's words. */
export type Fetched =
  | { readonly outcome: "fetched"; readonly bytes: Buffer }
  | { readonly outcome: "refused"; readonly reason: string };

/**
 * Asks the other side of an exchange for its evidence, by `sealway.evidence`.
 * @throws UsageError when the server's log does not know the exchange, or no door to the server is known
 */
export async function fetchOtherSide(
  configuration: ServerConfiguration,
  exchangeId: string,
  given: OtherSide,
): Promise<Fetched> {
  const { own, peer } = await sidesOf(configuration, exchangeId);
  const user = Buffer.from(given.who, "utf8").toString("latin1");
  const headers = new Headers({ "X-Road-Client": own, "X-Road-UserId": user });
  const tokenFile = given["token-file"];
  if (tokenFile !== undefined)
    headers.set("Proxy-Authorization", `Bearer ${(await readFile(tokenFile, "utf8")).trim()}`);
  const url = `${doorOf(configuration, given.gateway)}/r1/${peer}/sealway.evidence/exchanges/${exchangeId}`;
  const answer = await fetch(url, { headers, redirect: "error" });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status === 200) return { outcome: "fetched", bytes };
  return { outcome: "refused", reason: `${answer.status} ${reasonIn(bytes)}` };
}

async function sidesOf(configuration: ServerConfiguration, exchangeId: string) {
  const { log } = await openEvidence(configuration);
  try {
    const [part] = await findParts(log, exchangeId);
    if (part === undefined) throw new UsageError(`the log has no record of exchange ${exchangeId}`);
    return { own: ownSubsystem(part), peer: peerSubsystem(part) };
  } finally {
    log.close();
  }
}

function doorOf({ consumerInterface }: ServerConfiguration, gateway: string | undefined): string {
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
