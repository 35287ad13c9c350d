import { SealwayError } from "../core/errors.ts";
import { type ClientId, isInOneSpelling, parseClientId, parseServiceId } from "../core/ids.ts";
import type { Announcement, CorrectionAnswer } from "../exchange/feedback/correction-desk.ts";
import type { CorrectionTexts, CorrectionView } from "../exchange/feedback/correction-view.ts";
import type {
  FeedbackAnswer,
  FeedbackReport,
  FeedbackTexts,
  FeedbackView,
} from "../exchange/feedback/feedback-desk.ts";
import type { InquiryTexts, InquiryView } from "../exchange/feedback/inquiry-view.ts";
import { orderReader } from "./order-reader.ts";

/** Which cases a list is of: all, unless told. */
export interface CasesWanted {
  readonly id?: string;
  /** Members, one of which is served by the case's subsystem here. */
  readonly members?: readonly string[];
  /** Those before: as the page before said. */
  readonly before?: number;
}

/** A page of a list, newest first. */
export interface CasePage<View> {
  readonly cases: readonly View[];
  /** By which the next page is asked; null on the last one. */
  readonly before: number | null;
}

/** What a command orders of the running server about feedback, corrections and inquiries. */
export type CaseworkOrder =
  /** With `members`, one of them must have got the data. */
  | ({ readonly order: "feedback send"; readonly members?: readonly string[] } & FeedbackReport)
  | ({ readonly order: "feedback answer"; readonly id: string } & FeedbackAnswer)
  | ({ readonly order: "feedback list" } & CasesWanted)
  | { readonly order: "feedback show"; readonly id: string }
  | ({ readonly order: "corrections announce" } & Announcement)
  | ({
      readonly order: "corrections answer";
      readonly id: string;
      readonly own?: ClientId;
    } & CorrectionAnswer)
  | ({ readonly order: "corrections list" } & CasesWanted)
  | { readonly order: "corrections show"; readonly id: string; readonly own?: ClientId }
  | { readonly order: "inquiries answer"; readonly id: string; readonly text: string }
  | { readonly order: "inquiries close"; readonly id: string }
  | ({ readonly order: "inquiries list" } & CasesWanted)
  | { readonly order: "inquiries show"; readonly id: string };

export interface CaseworkReports {
  readonly "feedback send": { readonly report: string; readonly due: number };
  readonly "feedback answer": FeedbackView;
  readonly "feedback list": CasePage<FeedbackView>;
  readonly "feedback show": FeedbackView & FeedbackTexts;
  /** `id` null: nobody got the data. */
  readonly "corrections announce": { readonly id: string | null; readonly recipients: number };
  readonly "corrections answer": CorrectionView;
  readonly "corrections list": CasePage<CorrectionView>;
  readonly "corrections show": CorrectionView & CorrectionTexts;
  readonly "inquiries answer": InquiryView;
  readonly "inquiries close": InquiryView;
  readonly "inquiries list": CasePage<InquiryView>;
  readonly "inquiries show": InquiryView & InquiryTexts;
}

const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength }) as const;
const id = { type: "string", minLength: 36, maxLength: 36 } as const;
const time = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const list = (items: object, maxItems: number) => ({ type: "array", maxItems, items }) as const;
const written = text(2_000);
const members = list(text(1024), 1000);
const wanted = { id: text(1024), members, before: time };
const subject = object({ scheme: text(200), value: text(1024) });
const correction = {
  ...{ own: text(1024), service: text(1024), elements: { ...list(text(200), 50), minItems: 1 } },
  ...{ asOf: time, from: time, until: time, subject, note: written },
};

const parse = orderReader<CaseworkOrder>({
  "feedback send": [
    {
      ...{ about: id, kind: text(20), fields: list(text(200), 100), text: written },
      members,
    },
    ...["text", "members"],
  ],
  "feedback answer": [{ id, outcome: text(20), reason: written }, "reason"],
  "feedback list": [wanted, ...Object.keys(wanted)],
  "feedback show": [{ id }],
  "corrections announce": [correction, "note"],
  "corrections answer": [{ id, own: text(1024), outcome: text(20), reason: written }, "own", "reason"],
  "corrections list": [wanted, ...Object.keys(wanted)],
  "corrections show": [{ id, own: text(1024) }, "own"],
  "inquiries answer": [{ id, text: written }],
  "inquiries close": [{ id }],
  "inquiries list": [wanted, ...Object.keys(wanted)],
  "inquiries show": [{ id }],
});

/**
 * Reads an order.
 * @returns undefined for one that is about something else
 * @throws SealwayError `bad_request`
 */
export function parseCaseworkOrder(bytes: Buffer): CaseworkOrder | undefined {
  const order = parse(bytes);
  if (order?.order === "corrections announce") checkNames(order);
  return order;
}

function checkNames({ own, service }: Announcement): void {
  if (!isInOneSpelling(own, parseClientId) || !isInOneSpelling(service, parseServiceId))
    throw new SealwayError("bad_request", "the subsystem or the service is not in its one spelling");
}

function object(properties: object, ...optional: readonly string[]) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", additionalProperties: false, required, properties } as const;
}
