import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { AgreementReceipt } from "../message/agreement-receipt.ts";
import { readKeptText } from "../message/kept-text.ts";
import type { KeptStatement } from "../messagelog/desk/desk-questions.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import type { MessageLog } from "../messagelog/message-record.ts";
import type { AgreementAct } from "../policy/agreements/agreement-act.ts";
import type { KeptAgreementAct, KeptReceipt } from "../policy/agreements/agreement-ledger.ts";

/** An act or a receipt that the log has and nobody has looked at yet. */
export interface NewPapers {
  readonly receipts: readonly KeptReceipt[];
  /** In the order of the log: of two that follow the same act the first counts. */
  readonly acts: readonly KeptAgreementAct[];
}

/** So many of the newest are looked at first; more when they are all new. */
const fewNewest = 64;
const all = 2_147_483_647;

/** The acts and receipts in the log: what this node keeps, and what other nodes of the same server have kept. */
export class AgreementPapers {
  readonly #log: Pick<MessageLog, "keep">;
  readonly #desk: Pick<LogDesk, "ask">;
  readonly #seen = new Set<string>();

  constructor(log: Pick<MessageLog, "keep">, desk: Pick<LogDesk, "ask">) {
    this.#log = log;
    this.#desk = desk;
  }

  /** @throws SealwayError `log_unavailable` */
  keep(kind: "agreement-act" | "agreement-receipt", bytes: Buffer): Promise<void> {
    return this.#log.keep({ kind, sha256: sha256Base64Url(bytes), bytes });
  }

  /**
   * Reads all that the log has.
   * @param note takes it, each paper once: whoever reads at the same time finds it noted
   * @throws SealwayError `log_unavailable`
   */
  readAll(note: (papers: NewPapers) => void): Promise<void> {
    return this.#read(all, note);
  }

  /** Reads what came since the last reading. As `readAll`. */
  readNew(note: (papers: NewPapers) => void): Promise<void> {
    return this.#read(fewNewest, note);
  }

  /** @throws SealwayError `log_unavailable` also when it is not there */
  async bytesOf(sha256: string): Promise<Buffer> {
    const found = await this.#desk.ask("document", { sha256 });
    if (found === undefined)
      throw new SealwayError("log_unavailable", `the log lacks the document ${sha256}`);
    return Buffer.from(found.bytes);
  }

  async #read(newest: number, note: (papers: NewPapers) => void): Promise<void> {
    // A receipt is kept before its act: whoever sees the act finds the receipt.
    const acts = await this.#unseen("agreement-act", newest);
    const receipts = await this.#unseen("agreement-receipt", newest);
    note({
      receipts: receipts.flatMap((document) => this.#take(document, receiptIn)),
      acts: acts.flatMap((document) => this.#take(document, actIn)),
    });
  }

  /** Oldest first. */
  async #unseen(
    kind: "agreement-act" | "agreement-receipt",
    newest: number,
  ): Promise<readonly KeptStatement[]> {
    const found = await this.#desk.ask("statements", { kind, newest });
    const unseen = found.filter(({ sha256 }) => !this.#seen.has(sha256));
    const mayBeMore = found.length >= newest && unseen.length === found.length;
    return mayBeMore ? this.#unseen(kind, newest * 4) : unseen;
  }

  #take<Kept>(statement: KeptStatement, read: (statement: KeptStatement) => Kept): Kept[] {
    if (this.#seen.has(statement.sha256)) return [];
    this.#seen.add(statement.sha256);
    return [read(statement)];
  }
}

/** Every member of it was checked when it was taken, and before it was kept. */
function actIn({ sha256, text }: KeptStatement): KeptAgreementAct {
  return { act: readKeptText(text) as unknown as AgreementAct, sha256 };
}

function receiptIn({ sha256, text }: KeptStatement): KeptReceipt {
  return { ...(readKeptText(text) as AgreementReceipt), sha256 };
}
