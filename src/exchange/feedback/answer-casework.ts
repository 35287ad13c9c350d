import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "../builtin/built-in-client.ts";
import { required } from "../required.ts";
import type { CorrectionDesk } from "./correction-desk.ts";
import type { FeedbackDesk } from "./feedback-desk.ts";
import type { InquiryDesk } from "./inquiry-desk.ts";

type Takers = Readonly<Record<string, (call: BuiltInCall) => Promise<object>>>;

/** `sealway.feedback`: what recipients say of data, and what its disclosers answer. */
export function answerFeedback(desk: FeedbackDesk): BuiltInAnswer {
  return answerBy({
    "/reports": (call) => desk.take(call),
    "/answers": (call) => desk.takeAnswer(call),
  });
}

/** `sealway.correction`: that data was wrong, and what its recipients did. */
export function answerCorrection(desk: CorrectionDesk): BuiltInAnswer {
  return answerBy({
    "/notices": (call) => desk.take(call),
    "/outcomes": (call) => desk.takeOutcome(call),
  });
}

/** `sealway.inquiry`: a person's question by a portal, and what it makes gateways tell each other. */
export function answerInquiry(desk: InquiryDesk): BuiltInAnswer {
  return answerBy({
    "/inquiries": (call) => desk.take(call),
    "/states": (call) => desk.tell(call),
    "/holds": (call) => desk.takeHold(call, "hold"),
    "/releases": (call) => desk.takeHold(call, "release"),
    "/escalations": (call) => desk.takeEscalation(call),
  });
}

function answerBy(takers: Takers): BuiltInAnswer {
  return async (call) => jsonAnswer(200, await required(takers[call.path])(call));
}
