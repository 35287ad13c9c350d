import type { Logger } from "pino";
import type { ErrorCode } from "../core/error-codes.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { AgreementPage } from "../exchange/builtin/agreement-desk.ts";
import { callPeer, PeerSaysNo } from "../exchange/builtin/call-peer.ts";
import { judgeSideSeal, otherSide, sideOf } from "../exchange/builtin/judge-agreement-act.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { parseSignedAgreementAct } from "../message/agreement-act-record.ts";
import { parseAgreementReceipt } from "../message/agreement-receipt.ts";
import { checkControl } from "../messagelog/statement/control-schemas.ts";
import {
  type AgreementAct,
  type AgreementSide,
  parseAgreementAct,
} from "../policy/agreements/agreement-act.ts";
import type { AgreementHistory } from "../policy/agreements/agreement-history.ts";
import type { AgreementBook } from "./agreement-book.ts";
import { Rounds } from "./rounds.ts";
import { signReceiptOf } from "./sign-receipt-of.ts";

/** How soon what could not be delivered is tried again, milliseconds; doubled each time. */
const firstPause = 5_000;
const longestPause = 10 * 60_000;
/** Of the acts that are not known here. */
const mostPages = 100;
const times = { firstAfter: 1_000, every: 1_000 };
/** How long what the other side says about one agreement is not asked again, milliseconds. */
const askedAgainAfter = 60_000;

/** By these the other side says that it will never take the act: it is not sent again. */
const final: ReadonlySet<ErrorCode> = new Set([
  ...([
    "access_denied",
    "act_out_of_order",
    "act_refused",
    "agreement_by_law",
    "agreement_mismatch",
  ] as const),
  ...(["bad_request", "invalid_body", "malformed_statement", "invalid_signature"] as const),
  ...(["questionnaire_incomplete", "transition_refused"] as const),
]);

/** What became of the acts of an agreement that the other side had to be told. */
export type Delivered =
  | { readonly outcome: "taken" }
  /** It is tried again until the other side has it. */
  | { readonly outcome: "waiting"; readonly code: ErrorCode; readonly detail: string }
  /** It counts nowhere. */
  | { readonly outcome: "refused"; readonly code: ErrorCode; readonly detail: string };

type AgreementPair = Pick<AgreementAct, "agreement" | "consumer" | "service">;

interface Pause {
  readonly until: number;
  readonly length: number;
}

/** Brings the acts that are made here to the other side, and tries until it has them. */
export class AgreementDelivery {
  readonly #book: AgreementBook;
  readonly #services: () => GatewayServices;
  readonly #logger: Logger;
  readonly #pauses = new Map<string, Pause>();
  readonly #running = new Map<string, Promise<Delivered>>();
  /** By agreement, when its acts were fetched because the provider refused a call by other terms. */
  readonly #fetched = new Map<string, number>();
  readonly #rounds = new Rounds(times, (signal) => this.#round(signal));

  constructor(book: AgreementBook, services: () => GatewayServices, logger: Logger) {
    this.#book = book;
    this.#services = services;
    this.#logger = logger;
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Tells the other side now what it has not been told. Never rejects. */
  async deliver(id: string): Promise<Delivered> {
    const running = this.#running.get(id);
    // What was made since may not be in the one that runs.
    if (running !== undefined) await running;
    const delivery = this.#deliver(id).finally(() => this.#running.delete(id));
    this.#running.set(id, delivery);
    return delivery;
  }

  async #round(signal: AbortSignal): Promise<"more"> {
    const { clock, log } = this.#services();
    await this.#followOthers(log);
    for (const id of [...this.#book.ledger.waiting]) {
      if (signal.aborted) break;
      const pause = this.#pauses.get(id);
      if (!this.#running.has(id) && (pause === undefined || pause.until <= clock.now()))
        await this.deliver(id);
    }
    for (const id of this.#services().agreements.takeDoubted())
      if (!signal.aborted) await this.#fetchDoubted(id);
    return "more";
  }

  /** A call was refused since the provider holds other terms: what it took counts, and is fetched at once. */
  async #fetchDoubted(id: string): Promise<void> {
    const now = this.#services().clock.now();
    const history = this.#book.ledger.settled(id);
    if (history === undefined || this.#book.servedSides(history) !== "consumer") return;
    if (now < (this.#fetched.get(id) ?? Number.NEGATIVE_INFINITY) + askedAgainAfter) return;
    this.#fetched.set(id, now);
    try {
      await this.#catchUp({ ...history, agreement: id });
    } catch (thrown) {
      const { code } = asSealwayError(thrown);
      this.#logger.info({ agreement: id, code }, "the acts on an agreement could not be fetched");
    }
  }

  /** What other nodes of this server took or made counts here as well. */
  async #followOthers(log: GatewayServices["log"]): Promise<void> {
    if ((log as { readonly nodes?: string }).nodes !== "several") return;
    try {
      await this.#book.follow();
    } catch (thrown) {
      const { code, detail } = asSealwayError(thrown);
      this.#logger.warn({ code, detail }, "what other nodes agreed cannot be read; it is tried again");
    }
  }

  async #deliver(id: string): Promise<Delivered> {
    try {
      for (const sha256 of this.#book.ledger.untold(id)) {
        const refused = await this.#send(id, sha256);
        if (refused !== undefined) return refused;
      }
      this.#pauses.delete(id);
      return { outcome: "taken" };
    } catch (thrown) {
      const { code, detail } = asSealwayError(thrown);
      this.#logger.info({ agreement: id, code }, "an act on an agreement could not be delivered yet");
      const length = Math.min(longestPause, 2 * (this.#pauses.get(id)?.length ?? firstPause / 2));
      this.#pauses.set(id, { until: this.#services().clock.now() + length, length });
      return { outcome: "waiting", code, detail };
    }
  }

  /** @returns why the other side will never take it @throws SealwayError when it is to be tried again */
  async #send(id: string, sha256: string): Promise<Delivered | undefined> {
    const bytes = await this.#book.papers.bytesOf(sha256);
    const act = parseAgreementAct(parseSignedAgreementAct(bytes).payload);
    const side = this.#ownSide(act);
    try {
      const answer = await this.#ask(act, side, "/acts", { act: bytes.toString("latin1") });
      const { receipt } = readAnswer<{ readonly receipt: string }>("agreement receipt", answer);
      await this.#takeReceipt(Buffer.from(receipt, "latin1"), act, sha256, otherSide(side));
      return undefined;
    } catch (thrown) {
      const error = asSealwayError(thrown);
      // Only the provider's word is the last one: what it made itself counts, whatever the consumer says of it.
      if (side !== "consumer" || !(thrown instanceof PeerSaysNo) || !final.has(error.code)) throw error;
      const { code, detail } = error;
      const note = await signReceiptOf(this.#services(), act, sha256, side, { outcome: "refused", code });
      await this.#book.keepReceipt(id, note);
      this.#logger.warn(
        { agreement: id, act: act.act, code },
        "the other side refused an act on an agreement",
      );
      if (code === "act_out_of_order") await this.#catchUp(act);
      return { outcome: "refused", code, detail };
    }
  }

  /** @throws SealwayError `invalid_response` for a receipt of something else, `certificate_…` */
  async #takeReceipt(bytes: Buffer, act: AgreementAct, sha256: string, by: AgreementSide): Promise<void> {
    const { receipt, certificate } = parseAgreementReceipt(bytes);
    const { instance } = this.#services().trust().configuration.parameters;
    const isOfAct =
      receipt.act === sha256 && receipt.agreement === act.agreement && receipt.instance === instance;
    if (!isOfAct || receipt.by !== by || receipt.outcome !== "taken")
      throw new SealwayError("invalid_response", "the receipt is of something else");
    judgeSideSeal(this.#services(), memberOf(sideOf(act, by)), certificate, receipt.time);
    await this.#book.keepReceipt(act.agreement, bytes);
  }

  /** Gets from the provider the acts that count and are not known here. */
  async #catchUp(of: AgreementPair): Promise<void> {
    const { agreement } = of;
    let next: number | null = this.#book.ledger.acts(agreement).settled.length;
    for (let pages = 0; next !== null && pages < mostPages; pages++) {
      const path: string = `/agreements/${agreement}?after=${next}`;
      const page: AgreementPage = readAnswer("agreement page", await this.#ask(of, "consumer", path));
      await this.#book.takePage(of, page);
      next = page.next;
    }
  }

  #ask(
    act: Pick<AgreementHistory, "consumer" | "service">,
    side: AgreementSide,
    path: string,
    body?: object,
  ) {
    return callPeer(this.#services(), {
      client: sideOf(act, side),
      subsystem: sideOf(act, otherSide(side)),
      code: "sealway.agreement",
      path,
      ...(body && { body }),
    });
  }

  /** Both sides' acts are never sent where both are served here. */
  #ownSide(act: AgreementAct): AgreementSide {
    return this.#book.servedSides(act) === "consumer" ? "consumer" : "provider";
  }
}

function readAnswer<Answer>(what: "agreement receipt" | "agreement page", bytes: Buffer): Answer {
  const document = parseStrictJson(bytes, "invalid_response");
  checkControl(what, document, "invalid_response");
  return document as Answer;
}
