import type { CaseEvent, CaseForm, Said } from "./case-journal.ts";
import type { ProtectedText } from "./protected-text.ts";

/** What seems to be the matter with data, as its recipient says. */
export type FeedbackKind = "wrong" | "incomplete" | "outdated" | "other";
/** What the discloser did about it; `forwarded`: to whom it belongs. */
export type FeedbackOutcome = "corrected" | "unchanged" | "forwarded";

interface Base extends CaseEvent {
  readonly side: "reporter" | "receiver";
}

interface Reported extends Base {
  readonly event: "reported";
  readonly kind: FeedbackKind;
  /** JSON pointers of described fields. */
  readonly fields: readonly string[];
  readonly text: ProtectedText | null;
  /** Until when it is to be answered, milliseconds. */
  readonly due: number;
}

interface Answered extends Base {
  readonly event: "answered";
  readonly outcome: FeedbackOutcome;
  readonly reason: ProtectedText | null;
}

interface Delivered extends Base {
  readonly event: "delivered";
}

/** `schemas/control/v1/feedback.schema.json`. */
export type FeedbackEvent = Reported | Answered | Delivered;
export type SaidOfFeedback = Said<FeedbackEvent>;

export const feedbackForm: CaseForm = {
  kind: "feedback",
  typ: "sealway-feedback+jws",
  schema: "feedback event",
};
