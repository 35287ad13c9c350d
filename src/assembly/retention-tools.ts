import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import { RetentionTable } from "../exchange/retention-table.ts";
import { BodyFiles } from "../messagelog/body-files.ts";
import type { LogReader, MessageStore } from "../messagelog/message-store.ts";
import { betweenSpellings } from "../messagelog/retention/hold-scope.ts";
import type { RetentionOrder } from "../messagelog/retention/retention-orders.ts";
import type { RetentionTools } from "../messagelog/retention/retention-tools.ts";
import type { KeyVault } from "../messagelog/vault.ts";
import type { Signer } from "../pki/signer.ts";
import { obtainTimestamp, type TimestampSources } from "../pki/timestamp-client.ts";
import { openReader } from "./log-store.ts";
import { countTold } from "./restricted-rows.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import { spellingsIn } from "./spellings.ts";

export interface RetentionParts {
  readonly configuration: ServerConfiguration;
  readonly log: RetentionTools["log"];
  readonly store: MessageStore | RetentionTools["store"];
  readonly vault: KeyVault;
  /** By member. */
  readonly signers: { get(member: string): Signer | undefined };
  readonly clock: Clock;
  readonly trustedTime: RetentionTools["trustedTime"];
}

/** What the retention office of a server works with. */
export function retentionTools(parts: RetentionParts): RetentionTools {
  const { configuration, signers, ...rest } = parts;
  const { server, retention, bodiesDirectory } = configuration;
  const owner = memberOf(server);
  const table = new RetentionTable(retention.rules, retention);
  return {
    ...rest,
    instance: server.slice(0, server.indexOf("/")),
    owner,
    openReader: () => openReader(configuration),
    countTold: (log, held) => countTold(log, parts.vault, held),
    bodies: new BodyFiles(bodiesDirectory),
    isServed: (member) => configuration.members.some(({ id }) => id === member),
    periodOf: (member, name) => table.periodOf(member, name),
    signerOf: (member) => {
      const signer = signers.get(member) ?? signers.get(owner);
      if (signer === undefined) throw new SealwayError("signer_unavailable", `${owner} has no seal here`);
      return signer;
    },
  };
}

/** The time that an authority puts on a fresh stamp. */
export function timeOfAuthority(sources: () => TimestampSources): RetentionTools["trustedTime"] {
  return async () => {
    const imprint = { digest: "sha256", value: randomBytes(32) } as const;
    return (await obtainTimestamp(imprint, sources())).timestamp.genTime;
  };
}

/** The time of the newest stamp in the log: what is due after it waits for the server. */
export async function timeOfNewestBatch(log: LogReader): Promise<number> {
  const { previous } = await log.unsealed(0);
  const batch = previous && (await log.batch(previous.number));
  return batch?.genTime ?? 0;
}

/**
 * The order, with a person in all the spellings under which records of the log may name him.
 * @throws SealwayError `bad_request` for what is no identifier
 */
export async function spelledOut(
  order: RetentionOrder,
  configuration: ServerConfiguration,
): Promise<RetentionOrder> {
  if (order.order !== "hold" || order.scope.kind !== "subject") return order;
  const log = openReader(configuration);
  try {
    const value = (await spellingsIn(log, order.scope)).join(betweenSpellings);
    return { ...order, scope: { ...order.scope, value } };
  } finally {
    log.close();
  }
}
