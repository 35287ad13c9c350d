import { type ClientId, providerOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import type { Emergency } from "../../exchange/emergencies/emergency-book.ts";
import type { LateCases } from "../casework-alarms.ts";

/** Something of a subsystem that the server where it is keeps, and no hand-over takes along. */
export interface LeftBehind {
  readonly what: "feedback" | "inquiries" | "corrections" | "emergencies";
  readonly count: number;
  readonly remedy: string;
}

const remedies: Readonly<Record<LeftBehind["what"], string>> = {
  feedback: "Answer what is open: sealway feedback list.",
  inquiries: "Answer and close what is open: sealway inquiries list.",
  corrections: "Answer what is open: sealway corrections list.",
  emergencies: "Review what waits: sealway agreements review-emergency.",
};

/**
 * What is in the way of a move: people would be left without an answer, and what a late review suspends would be granted.
 * @param emergencies that wait for their review, and that no restriction hides
 */
export function leftBehind(
  { corrections, feedback, inquiries }: LateCases,
  emergencies: readonly Emergency[],
  subsystem: ClientId,
): LeftBehind[] {
  const isOwn = ({ own }: { readonly own: string }) => own === subsystem;
  const counts: readonly (readonly [LeftBehind["what"], number])[] = [
    ["feedback", feedback.filter((one) => isOwn(one) && one.state !== "answered").length],
    ["inquiries", inquiries.filter((one) => isOwn(one) && one.state !== "closed").length],
    ["corrections", corrections.filter((one) => isOwn(one) && one.recipients.some(isWaited)).length],
    ["emergencies", emergencies.filter((one) => sideOf(one) === subsystem).length],
  ];
  return counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => ({ what, count, remedy: remedies[what] }));
}

/** Whose server noted it. */
function sideOf({ client, role, service }: Emergency): string {
  return role === "consumer" ? client : providerOf(unsafeId<ServiceId>(service));
}

function isWaited({ state }: LateCases["corrections"][number]["recipients"][number]): boolean {
  return state === "waiting" || state === "told" || state === "overdue";
}
