import { openEvidence } from "../assembly/open-evidence.ts";
import type { ServerConfiguration } from "../assembly/server-configuration.ts";
import { findParts, ownSubsystem, peerSubsystem } from "../messagelog/desk/find-parts.ts";
import { type Flag, UsageError } from "./arguments.ts";
import { addToken, doorOf, readAnswer } from "./own-gateway.ts";

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
  await addToken(headers, given["token-file"]);
  const url = `${doorOf(configuration, given.gateway)}/r1/${peer}/sealway.evidence/exchanges/${exchangeId}`;
  const answer = await readAnswer(await fetch(url, { headers, redirect: "error" }));
  return answer.outcome === "refused" ? answer : { outcome: "fetched", bytes: answer.bytes };
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
