import { sha256Base64Url } from "../../core/bytes.ts";
import {
  type RecoveredQuestion,
  type RecoveredVerdict,
  reasonOf,
} from "../../messagelog/recovery/judge-recovered.ts";
import type { RecoveredFolder } from "../../messagelog/recovery/recovered-folder.ts";
import type { LostExchange } from "../../messagelog/recovery/recovery-statement.ts";
import type { Entry, PairHour } from "../../messagelog/statement/pair-hour.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { callPeer, PeerSaysNo } from "./call-peer.ts";
import { sidesOf } from "./peer-hours.ts";

export interface RecoverPackageTools {
  readonly services: GatewayServices;
  readonly folder: RecoveredFolder;
  /** Verifies beside the traffic. @throws SealwayError `log_unavailable` */
  judge(question: RecoveredQuestion): Promise<RecoveredVerdict>;
}

/**
 * Gets the other side's package of an exchange, by `sealway.evidence`, and keeps it when it proves what was lost. The
 * peer judges whether we may ask by its own records of the exchange: ours are lost.
 * @param entry as the peer lists the exchange
 * @throws SealwayError when the peer cannot be asked
 */
export async function recoverPackage(
  { folder, judge, services }: RecoverPackageTools,
  pair: PairHour,
  entry: Entry,
): Promise<LostExchange> {
  const { id } = entry;
  const role = entry.role === "consumer" ? "provider" : "consumer";
  const recovered = (bytes: Buffer): LostExchange => {
    return { exchange: id, role, outcome: "recovered", package: sha256Base64Url(bytes), reason: null };
  };
  const awaited = (reason: string): LostExchange => {
    return { exchange: id, role, outcome: "awaited", package: null, reason };
  };
  const { instance } = services.trust().configuration.parameters;
  const verdictOn = (bytes: Buffer) => judge({ pair, entry, instance, bytes, at: services.clock.now() });
  const kept = await folder.read(id);
  if (kept !== undefined) {
    // An earlier run kept it and ended before it said so; or it is of other parties, and stays.
    return (await verdictOn(kept)).outcome === "good" ? recovered(kept) : awaited("package_kept_of_others");
  }
  const asked = await askFor(services, pair, id);
  if ("reason" in asked) return awaited(asked.reason);
  const verdict = await verdictOn(asked.bytes);
  if (verdict.outcome === "refused") return awaited(reasonOf(verdict));
  await folder.keep(id, asked.bytes);
  return recovered(asked.bytes);
}

async function askFor(
  services: GatewayServices,
  pair: PairHour,
  id: string,
): Promise<{ readonly bytes: Buffer } | { readonly reason: string }> {
  const path = `/exchanges/${id}`;
  try {
    const question = { ...sidesOf(services, pair), code: "sealway.evidence", path } as const;
    return { bytes: await callPeer(services, question) };
  } catch (thrown) {
    if (thrown instanceof PeerSaysNo) return { reason: thrown.code };
    throw thrown;
  }
}
