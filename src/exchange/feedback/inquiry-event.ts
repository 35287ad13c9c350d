import type { ClientId } from "../../core/ids.ts";
import type { CaseEvent, CaseForm } from "./case-journal.ts";
import type { ProtectedText } from "./protected-text.ts";

/**
 * `addressee`: asked by the person; `other`: the other party of the exchange, which keeps its records, too;
 * `authority`: told when nobody answered in time.
 */
export type InquirySide = "addressee" | "other" | "authority";

interface Base extends CaseEvent {
  readonly side: InquirySide;
}

interface Asked extends Base {
  readonly event: "asked";
  readonly portal: ClientId;
  readonly person: ProtectedText;
  readonly text: ProtectedText;
  readonly due: number;
}

interface Received extends Base {
  readonly event: "received";
  readonly text: ProtectedText;
  readonly asked: number;
  readonly due: number;
}

interface Held extends Base {
  readonly event: "held";
  readonly hold: string;
}

interface Told extends Base {
  readonly event: "told";
  readonly what: "hold" | "release";
}

interface Answered extends Base {
  readonly event: "answered";
  readonly text: ProtectedText;
}

interface Escalated extends Base {
  readonly event: "escalated";
  readonly to: ClientId;
}

interface Closed extends Base {
  readonly event: "closed";
}

interface Released extends Base {
  readonly event: "released";
}

/** `schemas/control/v1/inquiry.schema.json`. */
export type InquiryEvent = Asked | Received | Held | Told | Answered | Escalated | Closed | Released;

export const inquiryForm: CaseForm = { kind: "inquiry", typ: "sealway-inquiry+jws", schema: "inquiry event" };
