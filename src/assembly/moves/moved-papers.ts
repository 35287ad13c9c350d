import { setImmediate as giveWay } from "node:timers/promises";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, providerOf } from "../../core/ids.ts";
import { judgeAgreementSigner, judgeSideSeal, sideOf } from "../../exchange/builtin/judge-agreement-act.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import { parseSignedAgreementAct } from "../../message/agreement-act-record.ts";
import { parseAgreementReceipt } from "../../message/agreement-receipt.ts";
import { type AgreementAct, parseAgreementAct } from "../../policy/agreements/agreement-act.ts";
import type { AgreementBook } from "../agreement-book.ts";
import type { Paper } from "./hand-over.ts";

type Judges = Pick<GatewayServices, "clock" | "judge" | "trust">;

/** The acts on a subsystem's agreements, and their receipts, as they were signed. @throws SealwayError `log_unavailable` */
export async function papersOf(book: AgreementBook, subsystem: ClientId): Promise<readonly Paper[]> {
  await book.follow();
  const papers: Paper[] = [];
  for (const id of book.ledger.ids()) {
    const history = book.ledger.view(id);
    if (history === undefined || !isOf(subsystem, history)) continue;
    const { pending, settled } = book.ledger.acts(id);
    for (const sha256 of [...settled, ...pending]) {
      const { act, receipts } = await book.statementsOf(sha256);
      for (const one of receipts) papers.push({ kind: "agreement-receipt", text: one.toString("latin1") });
      papers.push({ kind: "agreement-act", text: act.toString("latin1") });
    }
  }
  return papers;
}

/**
 * Judges papers as when they were made.
 * @returns of how many agreements they are
 * @throws SealwayError as the judges of acts; `malformed_statement` for what is of another subsystem's
 */
export async function judgePapers(
  services: Judges,
  subsystem: ClientId,
  papers: readonly Paper[],
): Promise<number> {
  const acts = new Map<string, AgreementAct>();
  for (const { kind, text } of papers) {
    if (kind !== "agreement-act") continue;
    await giveWay();
    const { payload, certificate, sha256 } = parseSignedAgreementAct(Buffer.from(text, "latin1"));
    const act = parseAgreementAct(payload);
    if (!isOf(subsystem, act))
      throw new SealwayError("malformed_statement", "hand-over: an act of another's");
    judgeAgreementSigner(services, act, certificate);
    acts.set(sha256, act);
  }
  for (const { kind, text } of papers) {
    if (kind !== "agreement-receipt") continue;
    await giveWay();
    judgeReceipt(services, acts, Buffer.from(text, "latin1"));
  }
  return new Set([...acts.values()].map(({ agreement }) => agreement)).size;
}

function judgeReceipt(services: Judges, acts: ReadonlyMap<string, AgreementAct>, bytes: Buffer): void {
  const { certificate, receipt } = parseAgreementReceipt(bytes);
  const act = acts.get(receipt.act);
  if (act === undefined)
    throw new SealwayError("malformed_statement", "hand-over: a receipt of none of the acts");
  judgeSideSeal(services, memberOf(sideOf(act, receipt.by)), certificate, receipt.time);
}

function isOf(
  subsystem: ClientId,
  { consumer, service }: Pick<AgreementAct, "consumer" | "service">,
): boolean {
  return consumer === subsystem || providerOf(service) === subsystem;
}
