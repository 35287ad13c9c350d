import { sha256Base64Url } from "../../core/bytes.ts";
import { readDiscontinuity } from "../checkpoint/discontinuity.ts";
import type { LogReader } from "../message-store.ts";
import type { PairHour } from "../statement/pair-hour.ts";
import { type Loss, lossOf } from "./loss.ts";
import type { Asked, RecoveredFolder } from "./recovered-folder.ts";
import { RecoveryLedger } from "./recovery-ledger.ts";
import type { LostExchange } from "./recovery-statement.ts";

/** One exchange that was lost, as a peer named it. */
export interface LostExchangeReport extends LostExchange {
  readonly pair: Omit<PairHour, "from">;
  /** Where its package lies; null when there is none. */
  readonly path: string | null;
  /**
   * Whether the package that lies there is the one that was verified: `changed` and `gone` are damages. Null when none
   * was recovered.
   */
  readonly file: "verified" | "changed" | "gone" | null;
}

/** What became of one discontinuity. */
export interface LossReport extends Loss {
  /** By server; empty when nobody was asked yet. */
  readonly servers: { readonly [server: string]: Asked };
  readonly exchanges: readonly LostExchangeReport[];
  /** Parts of hours in which peers named more exchanges than anybody would ask for. */
  readonly unresolved: number;
}

/** What the discontinuities of a log lost, oldest first, as its documents, and the packages beside it, tell. */
export async function reportLosses(
  log: Pick<LogReader, "documentsOf" | "batch">,
  folder: RecoveredFolder,
): Promise<LossReport[]> {
  const ledger = RecoveryLedger.of(await log.documentsOf("recovery"));
  const reports: LossReport[] = [];
  for (const { bytes } of await log.documentsOf("discontinuity")) {
    const payload = readDiscontinuity(bytes);
    const loss = lossOf(bytes, payload, (await log.batch(payload.kept.size))?.genTime);
    const { servers } = await folder.progress(loss.record);
    const exchanges: LostExchangeReport[] = [];
    let unresolved = 0;
    for (const { exchanges: named, hour, unresolved: more } of ledger.hours(loss.record)) {
      const { from: _, ...pair } = hour;
      for (const one of named.values()) exchanges.push({ ...one, pair, ...(await fileOf(one, folder)) });
      unresolved += more;
    }
    reports.push({ ...loss, servers, exchanges, unresolved });
  }
  return reports;
}

/** Whether everything that peers named is recovered and still there, and every peer was asked about all of it. */
export function isRecovered({ declared, exchanges, servers, unresolved }: LossReport): boolean {
  const asked = Object.values(servers);
  if (unresolved > 0 || asked.length === 0) return false;
  return asked.every(({ until }) => until > declared) && exchanges.every(({ file }) => file === "verified");
}

async function fileOf(
  { exchange, package: digest }: LostExchange,
  folder: RecoveredFolder,
): Promise<Pick<LostExchangeReport, "path" | "file">> {
  if (digest === null) return { path: null, file: null };
  const path = folder.pathOf(exchange);
  const bytes = await folder.read(exchange);
  if (bytes === undefined) return { path, file: "gone" };
  return { path, file: sha256Base64Url(bytes) === digest ? "verified" : "changed" };
}
