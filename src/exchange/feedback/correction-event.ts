import type { ClientId, ExchangeId, ServiceId } from "../../core/ids.ts";
import { parseStatement, type StatementPayload } from "../../message/signed-statement.ts";
import type { CaseEvent, CaseForm } from "./case-journal.ts";
import type { ProtectedText } from "./protected-text.ts";

/** What a recipient did about data that it was told to be wrong. */
export type CorrectionOutcome = "corrected" | "deleted" | "not-held" | "disagree";

/** What is wrong: elements of one service, as disclosed from `from` (included) until `until`; milliseconds. */
export type CorrectedData = {
  readonly service: ServiceId;
  readonly elements: readonly string[];
  /** Since when they are known to be wrong. */
  readonly asOf: number;
  readonly from: number;
  readonly until: number;
};

/** One recipient, and by which exchanges it got the data: the newest first, no more than are told. */
export type CorrectionRecipient = {
  readonly recipient: ClientId;
  readonly exchanges: readonly ExchangeId[];
  readonly count: number;
};

interface Base extends CaseEvent {
  readonly side: "announcer" | "recipient";
}

interface Announced extends Base, CorrectedData {
  readonly event: "announced";
  readonly recipients: readonly CorrectionRecipient[];
  /** Who it is about. */
  readonly subject: ProtectedText;
  readonly note: ProtectedText | null;
}

interface Noticed extends Base {
  readonly event: "noticed";
  /** Compact JWS. */
  readonly notice: string;
  readonly subject: ProtectedText | null;
  readonly note: ProtectedText | null;
  readonly due: number;
}

interface Delivered extends Base {
  readonly event: "delivered";
  readonly recipient: ClientId;
}

interface Answered extends Base {
  readonly event: "answered";
  readonly recipient: ClientId;
  readonly outcome: CorrectionOutcome;
  readonly reason: ProtectedText | null;
}

/** `schemas/control/v1/correction.schema.json`. */
export type CorrectionEvent = Announced | Noticed | Delivered | Answered;

export const correctionForm: CaseForm = {
  kind: "correction",
  typ: "sealway-correction+jws",
  schema: "correction event",
};

export const noticeType = "sealway-correction-notice+jws";

/** What a recipient gets: signed by the discloser's member, naming no person. */
export interface CorrectionNotice extends StatementPayload, CorrectedData {
  readonly v: 1;
  readonly id: string;
  readonly discloser: ClientId;
  readonly recipient: ClientId;
  readonly exchanges: readonly ExchangeId[];
}

/** A notice that this server has checked before. */
export function noticeIn(text: string): CorrectionNotice {
  return parseStatement<CorrectionNotice>(Buffer.from(text, "latin1"), noticeType).payload;
}
