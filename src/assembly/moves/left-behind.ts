import type { ClientId } from "../../core/ids.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import type { LateCases } from "../casework-alarms.ts";

/** Something of a subsystem that the server where it is keeps, and no hand-over takes along. */
export interface LeftBehind {
  readonly what: "permissions" | "feedback" | "inquiries" | "corrections";
  readonly count: number;
  readonly remedy: string;
}

/** Pages are so long; a move is hindered by one of them as by thousands. */
const mostCounted = 1_000;

const remedies: Readonly<Record<LeftBehind["what"], string>> = {
  permissions:
    "Let them end, or ask the persons anew at the new server: each is tied to its provider's key vault here.",
  feedback: "Answer what is open: sealway feedback list.",
  inquiries: "Answer and close what is open: sealway inquiries list.",
  corrections: "Answer what is open: sealway corrections list.",
};

/**
 * What is in the way of a move: calls would be refused without it, or people left without an answer. Restrictions are
 * never told of here: who ordered one gives it to the new server.
 * @throws SealwayError `log_unavailable`
 */
export async function leftBehind(
  { permissions }: Pick<GatewayServices, "permissions">,
  cases: LateCases,
  subsystem: ClientId,
): Promise<LeftBehind[]> {
  const ofState = (state: string) =>
    permissions.store.list({ provider: subsystem, state, limit: mostCounted });
  const [active, requested] = await Promise.all([ofState("active"), ofState("requested")]);
  const { corrections, feedback, inquiries } = cases;
  const isOwn = ({ own }: { readonly own: string }) => own === subsystem;
  const counts: readonly (readonly [LeftBehind["what"], number])[] = [
    ["permissions", active.length + requested.length],
    ["feedback", feedback.filter((one) => isOwn(one) && one.state !== "answered").length],
    ["inquiries", inquiries.filter((one) => isOwn(one) && one.state !== "closed").length],
    ["corrections", corrections.filter((one) => isOwn(one) && one.recipients.some(isWaited)).length],
  ];
  return counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => ({ what, count, remedy: remedies[what] }));
}

function isWaited({ state }: LateCases["corrections"][number]["recipients"][number]): boolean {
  return state === "waiting" || state === "told" || state === "overdue";
}
