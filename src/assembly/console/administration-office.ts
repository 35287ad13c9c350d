import {
  type AdministrationDraft,
  type AdministrationEntry,
  administrationType,
  checkDraft,
  isOfFold,
} from "../../admin/administration/entry.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import { signStatement } from "../../message/signed-statement.ts";

/** The order by which the console has an entry kept. */
export const keepOrder = "keep-administration";

export interface KeepOrder {
  readonly order: typeof keepOrder;
  readonly entry: AdministrationDraft;
}

/** What the console is told of it: the statement, as the log has it. */
export interface KeptEntry {
  readonly statement: string;
}

/** By how much the clock of who acts may differ, milliseconds. */
const tolerance = 60_000;

/**
 * Keeps what the console orders: signed by the server's owner and durable in the log when it resolves.
 * @returns undefined for an order about something else
 * @throws SealwayError `bad_request`, `log_unavailable`, `signer_unavailable`
 */
export function keepAdministration(
  { clock, log, owner, seals, trust }: Pick<GatewayServices, "clock" | "log" | "owner" | "seals" | "trust">,
  bytes: Buffer,
): Promise<KeptEntry> | undefined {
  const order = parseStrictJson(bytes, "bad_request") as Partial<KeepOrder> | null;
  if (order?.order !== keepOrder) return undefined;
  return (async () => {
    const draft: unknown = order.entry;
    checkDraft(draft);
    // What is folded is ordered by its time: nobody puts an act before one that was made.
    if (Math.abs(draft.time - clock.now()) > tolerance)
      throw new SealwayError("clock_skew", "the console's clock is not the server's");
    const signer = seals.get(owner)?.signer;
    if (signer === undefined) throw new SealwayError("signer_unavailable", `${owner} has no seal here`);
    const { instance } = trust().configuration.parameters;
    const entry: AdministrationEntry = { ...draft, instance };
    const statement = await signStatement(signer, administrationType, entry);
    const kind = isOfFold(draft.fact) ? "administration" : "administration-use";
    await log.keep({ kind, sha256: sha256Base64Url(statement), bytes: statement });
    return { statement: statement.toString("latin1") };
  })();
}
