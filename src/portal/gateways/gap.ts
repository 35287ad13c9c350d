import type { ClientId } from "../../core/ids.ts";
import type { ListedSubsystem } from "./directory.ts";
import type { GatewayAnswer } from "./gateway-client.ts";

/** Why a subsystem's part of a list is missing. */
export interface Gap {
  readonly subsystem: ClientId;
  /** The member's. */
  readonly name: string;
  readonly reason: "silent" | "refused" | "not understood";
}

/** Codes by which a gateway says that it would answer others. */
const refusals: ReadonlySet<string> = new Set([
  ...["access_denied", "unknown_service", "client_not_served", "representation_refused"],
]);

/** What an answer without a list means. */
export function gapOf({ id, name }: ListedSubsystem, answer: GatewayAnswer): Gap {
  return { subsystem: id, name, reason: reasonOf(answer) };
}

function reasonOf(answer: GatewayAnswer): Gap["reason"] {
  if (answer.kind === "refused") return refusals.has(answer.code) ? "refused" : "silent";
  return answer.kind === "silent" && answer.reason === "unreachable" ? "silent" : "not understood";
}
