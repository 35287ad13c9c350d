import { SealwayError } from "../core/errors.ts";
import { memberOf } from "../core/ids.ts";
import type { CaseworkParts } from "../exchange/feedback/casework-parts.ts";
import type { CorrectionDesk } from "../exchange/feedback/correction-desk.ts";
import {
  type CorrectionView,
  correctionTexts,
  correctionViews,
} from "../exchange/feedback/correction-view.ts";
import type { FeedbackDesk } from "../exchange/feedback/feedback-desk.ts";
import type { InquiryDesk } from "../exchange/feedback/inquiry-desk.ts";
import { inquiryTexts, inquiryViews } from "../exchange/feedback/inquiry-view.ts";
import type { LateCases } from "./casework-alarms.ts";
import type { CaseworkOrder, CaseworkReports } from "./casework-orders.ts";

export interface CaseDesks {
  readonly feedback: FeedbackDesk;
  readonly corrections: CorrectionDesk;
  readonly inquiries: InquiryDesk;
}

type OrderOf<Name extends CaseworkOrder["order"]> = Extract<CaseworkOrder, { order: Name }>;
type Handlers = {
  readonly [Name in CaseworkOrder["order"]]: (order: OrderOf<Name>) => Promise<CaseworkReports[Name]>;
};

/** Does what commands order about feedback, corrections and inquiries. */
export class CaseworkOffice {
  readonly #desks: CaseDesks;
  readonly #parts: CaseworkParts;
  readonly #handlers: Handlers = {
    "feedback send": ({ order: _, members, ...report }) =>
      this.#desks.feedback.send(report, (own) => members?.includes(memberOf(own)) ?? true),
    "feedback answer": async ({ order: _, id, ...answer }) => {
      await this.#desks.feedback.answer(id, answer);
      return this.#one(this.lists().feedback, ({ report, side }) => report === id && side === "receiver");
    },
    "feedback list": async () => this.lists().feedback,
    "feedback show": async ({ id }) => ({
      ...this.#one(this.lists().feedback, ({ report }) => report === id),
      ...(await this.#desks.feedback.textsOf(id)),
    }),
    "corrections announce": ({ order: _, ...announcement }) => this.#desks.corrections.announce(announcement),
    "corrections answer": async ({ order: _, id, own, ...answer }) => {
      const name = await this.#desks.corrections.answer(id, answer, own);
      return this.#one(this.lists().corrections, (one) => one.id === id && one.own === name.own);
    },
    "corrections list": async () => this.lists().corrections,
    "corrections show": async ({ id, own }) => {
      const isMeant = (one: CorrectionView) => one.id === id && (own ?? one.own) === one.own;
      const view = this.#one(this.lists().corrections, isMeant);
      return { ...view, ...(await correctionTexts(this.#desks.corrections, this.#parts, view)) };
    },
    "inquiries answer": async ({ id, text }) => {
      await this.#desks.inquiries.answer(id, text);
      return this.#one(this.lists().inquiries, (one) => one.id === id && one.side === "addressee");
    },
    "inquiries close": async ({ id }) => {
      await this.#desks.inquiries.close(id);
      return this.#one(this.lists().inquiries, (one) => one.id === id && one.state === "closed");
    },
    "inquiries list": async () => this.lists().inquiries,
    "inquiries show": async ({ id }) => ({
      ...this.#one(this.lists().inquiries, (one) => one.id === id && one.side !== "other"),
      ...(await inquiryTexts(this.#desks.inquiries, this.#parts, id)),
    }),
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
    const { corrections, feedback, inquiries } = this.#desks;
    return {
      feedback: feedback.list(),
      corrections: correctionViews(corrections, this.#parts),
      inquiries: inquiryViews(inquiries, this.#parts),
    };
  }

  #one<View>(views: readonly View[], isMeant: (view: View) => boolean): View {
    const found = views.find(isMeant);
    if (found !== undefined) return found;
    throw new SealwayError("bad_request", "there is no such case here");
  }
}
