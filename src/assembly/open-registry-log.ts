import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { type DurableMessageLog, type LogHealth, openMessageLog } from "../messagelog/message-log.ts";
import type { ContextDocument } from "../messagelog/message-record.ts";
import { openVault } from "../messagelog/vault.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import { SoleWriter } from "../store/postgres/sole-writer.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { type LogConfiguration, logAddress, openReader, openStore } from "./log-store.ts";
import { timestampSources } from "./open-log.ts";
import { loadOrCreateMasterKeys } from "./secrets.ts";

const nobody = { timestampingAuthorities: [] };

/** The log of a governing authority's registry. */
export interface OpenedRegistryLog {
  keep(document: ContextDocument): Promise<void>;
  documentsOf(kind: "registration"): Promise<readonly ContextDocument[]>;
  /** As `DurableMessageLog.sealNow`. */
  sealNow(): Promise<boolean>;
  /** As the authority wants it. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/**
 * Opens it: a log as a security server has, of which only documents are used, so that the same tools check it.
 * @param place where: SQLite below the authority's directory, or PostgreSQL
 * @param index by whose time-stamping authorities it is time-stamped; undefined while nothing is published
 * @throws SealwayError `log_unavailable` also when another process has it open
 */
export async function openRegistryLog(
  place: LogConfiguration,
  clock: Clock,
  index: () => ConfigurationIndex | undefined,
): Promise<OpenedRegistryLog> {
  await mkdir(place.stateDirectory, { recursive: true, mode: 0o700 });
  // Of a SQLite log the file itself is locked.
  const lock = place.postgresql && (await SoleWriter.enter(place.postgresql));
  const log = await openLog(place, clock, index).catch(async (error: unknown) => {
    await lock?.close();
    throw error;
  });
  return {
    keep: async (document) => {
      await lock?.confirm();
      await log.keep(document);
    },
    documentsOf: async (kind) => {
      const reader = openReader(place);
      try {
        return await reader.documentsOf(kind);
      } finally {
        reader.close();
      }
    },
    sealNow: () => log.sealNow(),
    problem: () => problemOf(log.health()),
    close: async () => {
      await log.close();
      await lock?.close();
    },
  };
}

async function openLog(
  place: LogConfiguration,
  clock: Clock,
  index: () => ConfigurationIndex | undefined,
): Promise<DurableMessageLog> {
  const below = (name: string) => join(place.stateDirectory, name);
  return openMessageLog({
    store: await openStore(place, clock, () => {}),
    vault: await openVault(below("vault"), await loadOrCreateMasterKeys(below("master-key"))),
    ...logAddress(place),
    bodiesDirectory: below("bodies"),
    timestampSources: () => timestampSources({ index: () => index() ?? nobody }, clock),
    freshOcsp: () => Promise.reject(new Error("the log has no messages")),
    clock,
    after: afterTimeout,
  });
}

function problemOf({ store, sealing }: LogHealth): string | undefined {
  if (store.state !== "ok") return `the registry's log cannot be written: ${store.reason}`;
  if (sealing.state === "ok") return undefined;
  return `the registry's log is not time-stamped: ${sealing.failure?.reason ?? "it is late"}`;
}
