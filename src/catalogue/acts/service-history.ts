import { SealwayError } from "../../core/errors.ts";
import { ordinaryStanding, type ServiceStanding } from "../service-standing.ts";
import { stateAfter } from "./life-cycle.ts";
import type { ServiceAct } from "./service-act.ts";

/** An act that is proven: who signed it and that the authority took it. */
export interface ProvenAct {
  readonly act: ServiceAct;
  /** SHA-256 (base64url) of the act as its provider signed it. */
  readonly sha256: string;
  /** When the authority took it, milliseconds. */
  readonly accepted: number;
}

export interface PublishedVersion {
  readonly version: string;
  /** SHA-256 (base64url) of its description. */
  readonly description: string;
  readonly standing: ServiceStanding;
}

/** Where the versions of one service stand after some acts. */
export interface ServiceHistory {
  readonly acts: number;
  /** SHA-256 (base64url) of the newest act: the next one names it. */
  readonly head: string | null;
  readonly versions: ReadonlyMap<string, PublishedVersion>;
}

export const emptyHistory: ServiceHistory = { acts: 0, head: null, versions: new Map() };

/**
 * What an act makes of a service.
 * @throws SealwayError `act_out_of_order` for one that does not follow the newest act: a replayed, older or forked one;
 * `transition_refused` for one that the version's state does not allow
 */
export function afterAct(history: ServiceHistory, proven: ProvenAct): ServiceHistory {
  const { act, accepted } = proven;
  const next = afterVoidAct(history, proven);
  const before = history.versions.get(act.version);
  if (before !== undefined && act.word !== "publish" && act.description !== before.description) {
    throw new SealwayError("act_out_of_order", `${act.version} has another description`);
  }
  const standing = standingAfter(before?.standing, act, accepted);
  const { version, description } = act;
  const versions = new Map(history.versions).set(version, { version, description, standing });
  return { ...next, versions };
}

/**
 * What is left of an act whose seal turned out not to have been good: it has its place in the order, and no effect.
 * @throws SealwayError `act_out_of_order`
 */
export function afterVoidAct(
  history: ServiceHistory,
  { act, sha256 }: Pick<ProvenAct, "act" | "sha256">,
): ServiceHistory {
  if (act.previous !== history.head) {
    throw new SealwayError(
      "act_out_of_order",
      `it follows ${act.previous ?? "no act"}, and the newest act on the service is ${history.head ?? "none"}`,
    );
  }
  return { ...history, acts: history.acts + 1, head: sha256 };
}

function standingAfter(before: ServiceStanding | undefined, act: ServiceAct, at: number): ServiceStanding {
  const { deprecation } = before ?? ordinaryStanding;
  const unsuspended = deprecation === undefined ? "published" : "deprecated";
  const state = stateAfter(before?.state ?? "absent", act.word, unsuspended);
  const standing = { ...(before ?? ordinaryStanding), state };
  switch (act.word) {
    case "deprecate":
      return { ...standing, deprecation: { since: at, sunset: act.sunset } };
    case "suspend":
      return { ...standing, suspension: { since: at, reason: act.reason } };
    case "resume":
      return { ...standing, suspension: undefined };
    case "narrow":
      return { ...standing, withdrawnFields: [...new Set([...standing.withdrawnFields, ...act.fields])] };
    case "observe":
      return { ...standing, observedUntil: act.until };
    default:
      return standing;
  }
}
