import { memberOf } from "../core/ids.ts";
import { readKeptStatement } from "../message/agreement-act-record.ts";
import type { AgreementReceipt } from "../message/agreement-receipt.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { Agreement } from "../policy/agreement.ts";
import { parseAgreementAct } from "../policy/agreements/agreement-act.ts";
import { AgreementLedger } from "../policy/agreements/agreement-ledger.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** The agreements that the acts in a log have put into force, for whoever reads it beside the server or without it. */
export async function agreementsInLog(
  log: Pick<LogReader, "documentsOf">,
  { members }: Pick<ServerConfiguration, "members">,
): Promise<readonly Agreement[]> {
  const served = new Set<string>(members.map(({ id }) => id));
  const ledger = new AgreementLedger(({ consumer, service }) => {
    if (!served.has(memberOf(service))) return "consumer";
    return served.has(memberOf(consumer)) ? "both" : "provider";
  });
  for (const { sha256, bytes } of await log.documentsOf("agreement-receipt"))
    ledger.noteReceipt({ ...(readKeptStatement(bytes) as AgreementReceipt), sha256 });
  for (const { sha256, bytes } of await log.documentsOf("agreement-act"))
    ledger.noteAct({ act: parseAgreementAct(readKeptStatement(bytes)), sha256 });
  return [...ledger.ids()].flatMap((id) => ledger.agreements(id));
}
