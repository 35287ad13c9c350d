import type { Logger } from "pino";
import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { memberOf, providerOf } from "../core/ids.ts";
import { InTurnByName } from "../core/in-turn-by-name.ts";
import type { AgreementDesk, AgreementPage, AgreementParties } from "../exchange/builtin/agreement-desk.ts";
import {
  checkAgreementParties,
  judgeAgreementSigner,
  judgeSideSeal,
  otherSide,
  sideOf,
} from "../exchange/builtin/judge-agreement-act.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { parseSignedAgreementAct, signAgreementAct } from "../message/agreement-act-record.ts";
import { parseAgreementReceipt } from "../message/agreement-receipt.ts";
import type { StatementPayload } from "../message/signed-statement.ts";
import {
  type AgreementAct,
  type AgreementSide,
  parseAgreementAct,
} from "../policy/agreements/agreement-act.ts";
import type { AgreementHistory } from "../policy/agreements/agreement-history.ts";
import {
  AgreementLedger,
  type KeptAgreementAct,
  type ServedSides,
} from "../policy/agreements/agreement-ledger.ts";
import type { AgreementPapers, NewPapers } from "./agreement-papers.ts";
import { checkNewAct, checkRoom } from "./check-new-act.ts";
import { signReceiptOf } from "./sign-receipt-of.ts";
import { type TellsAct, tellTaken } from "./tell-taken-act.ts";

type AgreementPair = Pick<AgreementAct, "agreement" | "consumer" | "service">;
type Services = Pick<GatewayServices, "agreements" | "clock" | "judge" | "seals" | "self" | "trust">;

/** Acts on a page, and bytes after which one ends early. */
const mostOnPage = 100;
const mostPageBytes = 1024 * 1024;
const mostAttempts = 3;

/**
 * The agreements that are made by acts: each is durable in the log before it counts, and counts for the next call. Acts
 * of one agreement are taken one after another.
 */
export class AgreementBook implements AgreementDesk {
  readonly papers: AgreementPapers;
  readonly ledger: AgreementLedger;
  readonly #services: () => Services;
  readonly #logger: Logger;
  readonly #turns = new InTurnByName();

  constructor(services: () => Services, papers: AgreementPapers, logger: Logger) {
    this.#services = services;
    this.papers = papers;
    this.#logger = logger;
    this.ledger = new AgreementLedger((act) => this.servedSides(act));
  }

  /** Reads what the log has. @throws SealwayError `log_unavailable`; `bad_request` for an id that a file has as well */
  async start(): Promise<void> {
    let acts = 0;
    // What was told when it was taken is not told again one by one.
    await this.papers.readAll((papers) => this.#note(papers, () => acts++));
    this.#logger.info({ acts }, "the acts on agreements are read");
  }

  /** Takes what other nodes of this server have kept since. @throws SealwayError `log_unavailable` */
  follow(): Promise<void> {
    return this.papers.readNew((papers) => this.#note(papers, tellTaken(this.#logger)));
  }

  /** Which sides this server has. */
  servedSides({ consumer, service }: Pick<AgreementAct, "consumer" | "service">): ServedSides {
    const { self, trust } = this.#services();
    const { directory } = trust();
    const isConsumer = directory.serverOf(consumer)?.id === self;
    const isProvider = directory.serverOf(providerOf(service))?.id === self;
    if (isConsumer && isProvider) return "both";
    // What was ours stays as it was: its log is here.
    return isConsumer ? "consumer" : "provider";
  }

  /** As `AgreementDesk.take`. */
  async take(bytes: Buffer, parties: AgreementParties): Promise<Buffer> {
    const { payload, certificate, sha256 } = parseSignedAgreementAct(bytes);
    const act = parseAgreementAct(payload);
    checkAgreementParties(act, parties);
    judgeAgreementSigner(this.#services(), act, certificate);
    const side: AgreementSide = parties.asked === act.consumer ? "consumer" : "provider";
    return this.#turns.do(act.agreement, () => this.#takeNow({ act, sha256 }, bytes, side));
  }

  async #takeNow(kept: KeptAgreementAct, bytes: Buffer, side: AgreementSide): Promise<Buffer> {
    const { act, sha256 } = kept;
    await this.follow();
    const before = this.ledger.receiptsOf(sha256)[side];
    const isKnown = this.ledger.acts(act.agreement).settled.includes(sha256);
    // What comes again is answered as before.
    if (isKnown && before !== undefined) return this.papers.bytesOf(before.sha256);
    if (!isKnown) {
      this.ledger.check(kept, "of the other side");
      if (side === "provider") checkNewAct(this.#services(), this.ledger, act);
      else checkRoom(this.ledger, act);
    }
    const receipt = before === undefined ? await this.#receive(act, sha256, side) : undefined;
    if (!isKnown) await this.#keep(kept, bytes);
    return receipt ?? this.papers.bytesOf(before!.sha256);
  }

  /**
   * Takes what the provider says that counts, by its own seal or by ours: each act with the receipt of it.
   * @param of the agreement that is asked about
   * @throws SealwayError for a page with anything else in it; what stands before it is taken
   */
  async takePage(of: AgreementPair, { acts, receipts }: AgreementPage): Promise<void> {
    const signed = acts.map((text) => parseSignedAgreementAct(Buffer.from(text, "latin1")));
    const digests = new Set(signed.map(({ sha256 }) => sha256));
    await this.#turns.do(of.agreement, async () => {
      for (const text of receipts) await this.#takeRelayedReceipt(of, digests, Buffer.from(text, "latin1"));
      for (const { bytes, payload, certificate, sha256 } of signed) {
        const act = parseAgreementAct(payload);
        checkSameParties(of, act);
        judgeAgreementSigner(this.#services(), act, certificate);
        if (this.ledger.acts(of.agreement).settled.includes(sha256)) continue;
        this.ledger.check({ act, sha256 }, "of the other side");
        checkRoom(this.ledger, act);
        await this.#keep({ act, sha256 }, bytes);
      }
    });
  }

  async #takeRelayedReceipt(of: AgreementPair, acts: ReadonlySet<string>, bytes: Buffer): Promise<void> {
    const { receipt, certificate } = parseAgreementReceipt(bytes);
    if (receipt.agreement !== of.agreement || receipt.outcome !== "taken" || !acts.has(receipt.act))
      throw new SealwayError("invalid_response", "a receipt is of none of the acts");
    judgeSideSeal(this.#services(), memberOf(sideOf(of, receipt.by)), certificate, receipt.time);
    await this.papers.keep("agreement-receipt", bytes);
  }

  /** As `AgreementDesk.page`. */
  async page(
    id: string,
    after: number,
    { asks, asked }: AgreementParties,
  ): Promise<AgreementPage | undefined> {
    const history = this.ledger.settled(id);
    if (history === undefined) return undefined;
    const pair = [history.consumer, providerOf(history.service)];
    if (asks === asked || !pair.includes(asks) || !pair.includes(asked)) return undefined;
    const { settled } = this.ledger.acts(id);
    const [acts, receipts]: [string[], string[]] = [[], []];
    let length = 0;
    for (const sha256 of settled.slice(after, after + mostOnPage)) {
      const told = await this.statementsOf(sha256);
      acts.push(told.act.toString("latin1"));
      receipts.push(...told.receipts.map((bytes) => bytes.toString("latin1")));
      length += told.act.length;
      if (length > mostPageBytes) break;
    }
    const next = after + acts.length;
    return { acts, receipts, next: next < settled.length && acts.length > 0 ? next : null };
  }

  /** An act as it was signed, and the receipts of it. @throws SealwayError `log_unavailable` */
  async statementsOf(
    sha256: string,
  ): Promise<{ readonly act: Buffer; readonly receipts: readonly Buffer[] }> {
    const taken = Object.values(this.ledger.receiptsOf(sha256)).filter(({ outcome }) => outcome === "taken");
    const receipts = await Promise.all(taken.map((receipt) => this.papers.bytesOf(receipt.sha256)));
    return { act: await this.papers.bytesOf(sha256), receipts };
  }

  /**
   * Makes an act of a side that is served here: once this resolves it is durable.
   * @param compose what it states, on what there is now
   * @throws SealwayError why it is not made
   */
  async make(
    id: string,
    compose: (history: AgreementHistory | undefined) => AgreementAct,
  ): Promise<KeptAgreementAct> {
    return this.#turns.do(id, async () => {
      for (let attempt = 1; ; attempt++) {
        await this.follow();
        try {
          return await this.#makeOnce(compose(this.ledger.view(id)));
        } catch (error) {
          // Another node of this server was first: it is made anew on what there is now.
          const isOvertaken = error instanceof SealwayError && error.code === "act_out_of_order";
          if (!isOvertaken || attempt === mostAttempts) throw error;
        }
      }
    });
  }

  async #makeOnce(act: AgreementAct): Promise<KeptAgreementAct> {
    const member = memberOf(sideOf(act, act.by));
    const seal = this.#services().seals.get(member);
    if (seal === undefined) throw new SealwayError("unknown_member", `${member} is not served here`);
    checkNewAct(this.#services(), this.ledger, act);
    const bytes = await signAgreementAct(seal.signer, act as unknown as StatementPayload);
    const kept = { act, sha256: sha256Base64Url(bytes) };
    this.ledger.check(kept, "own");
    if (this.servedSides(act) === "both") await this.#receive(act, kept.sha256, otherSide(act.by));
    await this.#keep(kept, bytes);
    return kept;
  }

  /** Keeps what the other side said of an act of ours, or that it refused it; the caller judged who signed. */
  async keepReceipt(id: string, bytes: Buffer): Promise<void> {
    await this.#turns.do(id, async () => {
      await this.papers.keep("agreement-receipt", bytes);
      await this.follow();
    });
  }

  /** A side that is served here says that it has an act, and that is durable. */
  async #receive(act: AgreementAct, sha256: string, side: AgreementSide): Promise<Buffer> {
    const bytes = await signReceiptOf(this.#services(), act, sha256, side, { outcome: "taken", code: null });
    await this.papers.keep("agreement-receipt", bytes);
    return bytes;
  }

  /** @throws SealwayError `act_out_of_order` when another node of this server took another act in its place */
  async #keep({ act, sha256 }: KeptAgreementAct, bytes: Buffer): Promise<void> {
    await this.papers.keep("agreement-act", bytes);
    await this.follow();
    const { settled, pending } = this.ledger.acts(act.agreement);
    if (!settled.includes(sha256) && !pending.includes(sha256))
      throw new SealwayError("act_out_of_order", "another act came before it");
  }

  #note({ acts, receipts }: NewPapers, tell: TellsAct): void {
    const changed = new Set<string>();
    for (const receipt of receipts) {
      this.ledger.noteReceipt(receipt);
      changed.add(receipt.agreement);
    }
    for (const kept of acts) {
      tell(kept.act, this.ledger.noteAct(kept));
      changed.add(kept.act.agreement);
    }
    // Papers are read once: what cannot be applied of one id keeps no other from it.
    const [fault] = [...changed].flatMap((id) => this.#apply(id) ?? []);
    if (fault !== undefined) throw fault;
  }

  /** What counts is what calls rely on from now on. @returns why not: a file has this id as well */
  #apply(id: string): SealwayError | undefined {
    const { agreements } = this.#services();
    if (agreements.byId(id).some(({ standing }) => standing === undefined))
      return new SealwayError(
        "bad_request",
        `${id} is made by acts, and a file in the agreements directory has its id`,
      );
    agreements.set(id, this.ledger.agreements(id));
    return undefined;
  }
}

function checkSameParties(of: AgreementPair, { agreement, consumer, service }: AgreementAct): void {
  if (agreement !== of.agreement || consumer !== of.consumer || service !== of.service)
    throw new SealwayError("invalid_response", "an act of another agreement stands among its acts");
}
