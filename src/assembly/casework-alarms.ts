import type { CorrectionView } from "../exchange/feedback/correction-view.ts";
import type { FeedbackView } from "../exchange/feedback/feedback-desk.ts";
import type { InquiryView } from "../exchange/feedback/inquiry-view.ts";
import type { Alarm } from "../http/health-interface.ts";

/** What is open at a server and late. */
export interface LateCases {
  readonly feedback: readonly FeedbackView[];
  readonly inquiries: readonly InquiryView[];
  readonly corrections: readonly CorrectionView[];
}

/** What an officer of this server should have answered by now. */
export function caseworkAlarms({ feedback, inquiries, corrections }: LateCases): Alarm[] {
  const reports = feedback.filter(({ side, state }) => side === "receiver" && state === "overdue");
  const questions = inquiries.filter(({ isLate }) => isLate);
  const notices = corrections.filter(
    ({ side, recipients }) => side === "recipient" && recipients.some(({ state }) => state === "overdue"),
  );
  return [
    ...alarm("feedback_overdue", reports.length, "reports on data", "sealway feedback list"),
    ...alarm("correction_overdue", notices.length, "notices of corrections", "sealway corrections list"),
    ...alarm("inquiry_overdue", questions.length, "inquiries of persons", "sealway inquiries list"),
  ];
}

function alarm(code: string, count: number, what: string, command: string): Alarm[] {
  if (count === 0) return [];
  const remedy = `\`${command}\` names them: answer what waits.`;
  return [{ code, severity: "warning", detail: `${count} ${what} are not answered in time`, remedy }];
}
