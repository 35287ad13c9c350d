import { SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import type { Case, CaseEvent } from "../exchange/feedback/case-journal.ts";
import type { CaseworkParts } from "../exchange/feedback/casework-parts.ts";
import type { CorrectionDesk } from "../exchange/feedback/correction-desk.ts";
import type { CorrectionEvent } from "../exchange/feedback/correction-event.ts";
import { correctionTexts, correctionViews } from "../exchange/feedback/correction-view.ts";
import type { FeedbackDesk } from "../exchange/feedback/feedback-desk.ts";
import type { FeedbackEvent } from "../exchange/feedback/feedback-event.ts";
import type { InquiryCase } from "../exchange/feedback/inquiry-case.ts";
import type { InquiryDesk } from "../exchange/feedback/inquiry-desk.ts";
import { inquiryTexts, inquiryViews } from "../exchange/feedback/inquiry-view.ts";
import type { LateCases } from "./casework-alarms.ts";
import type { CasePage, CasesWanted, CaseworkOrder, CaseworkReports } from "./casework-orders.ts";

export interface CaseDesks {
  readonly feedback: FeedbackDesk;
  readonly corrections: CorrectionDesk;
  readonly inquiries: InquiryDesk;
}

type OrderOf<Name extends CaseworkOrder["order"]> = Extract<CaseworkOrder, { order: Name }>;
type Handlers = {
  readonly [Name in CaseworkOrder["order"]]: (order: OrderOf<Name>) => Promise<CaseworkReports[Name]>;
};

/** Of a page of a list: cases, and bytes, of which an answer to an order has room for three times as many. */
const pageLength = 100;
const pageBytes = 512 * 1024;

/** Does what commands order about feedback, corrections and inquiries. */
export class CaseworkOffice {
  readonly #desks: CaseDesks;
  readonly #parts: CaseworkParts;
  readonly #handlers: Handlers = {
    "feedback send": ({ order: _, members, ...report }) =>
      this.#desks.feedback.send(report, (own) => members?.includes(memberOf(own)) ?? true),
    "feedback answer": async ({ order: _, id, ...answer }) =>
      only(this.#views.feedback([await this.#desks.feedback.answer(id, answer)])),
    "feedback list": async (wanted) =>
      pageOf(this.#desks.feedback.journal.cases, this.#views.feedback, wanted),
    "feedback show": async ({ id }) => ({
      ...only(this.#views.feedback(this.#desks.feedback.journal.cases.filter(({ name }) => name.id === id))),
      ...(await this.#desks.feedback.textsOf(id)),
    }),
    "corrections announce": ({ order: _, ...announcement }) => this.#desks.corrections.announce(announcement),
    "corrections answer": async ({ order: _, id, own, ...answer }) =>
      only(this.#views.corrections([await this.#desks.corrections.answer(id, answer, own)])),
    "corrections list": async (wanted) =>
      pageOf(this.#desks.corrections.journal.cases, this.#views.corrections, wanted),
    "corrections show": async ({ id, own }) => {
      const { cases } = this.#desks.corrections.journal;
      const meant = cases.filter(({ name }) => name.id === id && (own ?? name.own) === name.own);
      const view = only(this.#views.corrections(meant));
      return { ...view, ...(await correctionTexts(this.#desks.corrections, this.#parts, view)) };
    },
    "inquiries answer": async ({ id, text }) =>
      only(this.#views.inquiries([await this.#desks.inquiries.answer(id, text)])),
    "inquiries close": async ({ id }) => only(this.#views.inquiries([await this.#desks.inquiries.close(id)])),
    "inquiries list": async (wanted) =>
      pageOf(this.#desks.inquiries.journal.cases, this.#views.inquiries, wanted),
    "inquiries show": async ({ id }) => {
      const { cases } = this.#desks.inquiries.journal;
      const meant = cases.filter(({ name }) => name.id === id && name.side !== "other");
      const texts = inquiryTexts(this.#desks.inquiries, this.#parts, id);
      return { ...only(this.#views.inquiries(meant)), ...(await texts) };
    },
  };
  readonly #views = {
    feedback: (cases?: readonly Case<FeedbackEvent>[]) => this.#desks.feedback.list(cases),
    corrections: (cases?: readonly Case<CorrectionEvent>[]) =>
      correctionViews(this.#desks.corrections, this.#parts, cases),
    inquiries: (cases?: readonly InquiryCase[]) => inquiryViews(this.#desks.inquiries, this.#parts, cases),
  };

  constructor(desks: CaseDesks, parts: CaseworkParts) {
    this.#desks = desks;
    this.#parts = parts;
  }

  /** @throws SealwayError why it is not done */
  execute(order: CaseworkOrder): Promise<CaseworkReports[CaseworkOrder["order"]]> {
    return (this.#handlers[order.order] as (order: CaseworkOrder) => Promise<never>)(order);
  }

  lists(): LateCases {
    const { corrections, feedback, inquiries } = this.#views;
    return { feedback: feedback(), corrections: corrections(), inquiries: inquiries() };
  }
}

/** The newest of the cases that are wanted, as many as an answer has room for. */
function pageOf<Event extends CaseEvent, View>(
  cases: readonly Case<Event>[],
  views: (cases: readonly Case<Event>[]) => readonly View[],
  { before = cases.length, id, members }: CasesWanted,
): CasePage<View> {
  const page: View[] = [];
  let bytes = 0;
  for (let at = Math.min(before, cases.length) - 1; at >= 0; at--) {
    const { name } = cases[at]!;
    const isWanted = name.id === (id ?? name.id) && (members?.includes(memberOf(name.own)) ?? true);
    const [view] = isWanted ? views([cases[at]!]) : [];
    if (view === undefined) continue;
    bytes += Buffer.byteLength(JSON.stringify(view));
    const isFull = page.length === pageLength || (page.length > 0 && bytes > pageBytes);
    if (isFull) return { cases: page, before: at + 1 };
    page.push(view);
  }
  return { cases: page, before: null };
}

function only<View>([view]: readonly View[]): View {
  if (view !== undefined) return view;
  throw new SealwayError("bad_request", "there is no such case here");
}
