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
  /** Whether one of the acts has no effect. */
  readonly hasVoid: boolean;
}

export const emptyHistory: ServiceHistory = { acts: 0, head: null, versions: new Map(), hasVoid: false };

/** What a kept act makes of its service, and why it has no effect if it has none. */
export interface AfterKeptAct {
  readonly history: ServiceHistory;
  readonly fault?: string;
}

/**
 * What an act makes of a service that the authority took once. It has no effect when its seal turned out to have been in
 * the wrong hands, nor when it did something about what such an act had done. Later acts of a good seal count.
 * @throws SealwayError as `afterAct`, for what the authority cannot have taken
 */
export function afterKeptAct(
  history: ServiceHistory,
  proven: ProvenAct,
  seal: "good" | "void",
): AfterKeptAct {
  const { word, version } = proven.act;
  const voided = (why: string) => ({ history: afterVoidAct(history, proven), fault: `${word}: ${why}` });
  if (seal === "void") return voided("its seal was not good when it signed; publish a new version");
  if (word !== "publish" && !history.versions.has(version)) return voided("the version has no effect");
  try {
    return { history: afterAct(history, proven) };
  } catch (error) {
    const isRefused = error instanceof SealwayError && error.code === "transition_refused";
    if (isRefused && history.hasVoid) return voided("what it was about has no effect");
    throw error;
  }
}

/**
 * What an act makes of a service.
 * @throws SealwayError `act_out_of_order` for one that does not follow the newest act: a replayed, older or forked one;
 * `transition_refused` for one that the version's state does not allow
 */
export function afterAct(history: ServiceHistory, proven: ProvenAct): ServiceHistory {
  const { act, accepted } = proven;
  checkOrder(history, proven);
  const before = history.versions.get(act.version);
  if (before !== undefined && act.word !== "publish" && act.description !== before.description) {
    throw new SealwayError("act_out_of_order", `${act.version} has another description`);
  }
  const standing = standingAfter(before?.standing, act, accepted);
  const { version, description } = act;
  const versions = new Map(history.versions).set(version, { version, description, standing });
  return { ...history, acts: history.acts + 1, head: proven.sha256, versions };
}

/**
 * What is left of an act without effect: its place in the order.
 * @throws SealwayError `act_out_of_order`
 */
export function afterVoidAct(history: ServiceHistory, proven: ProvenAct): ServiceHistory {
  checkOrder(history, proven);
  return { ...history, acts: history.acts + 1, head: proven.sha256, hasVoid: true };
}

function checkOrder(history: ServiceHistory, { act }: ProvenAct): void {
  if (act.previous !== history.head) {
    throw new SealwayError(
      "act_out_of_order",
      `it follows ${act.previous ?? "no act"}, and the newest act on the service is ${history.head ?? "none"}`,
    );
  }
}

function standingAfter(before: ServiceStanding | undefined, act: ServiceAct, at: number): ServiceStanding {
  const { deprecation } = before ?? ordinaryStanding;
  const unsuspended = deprecation === undefined ? "published" : "deprecated";
  const state = stateAfter(before?.state ?? "absent", act.word, unsuspended);
  const standing = { ...(before ?? ordinaryStanding), state };
  switch (act.word) {
    case "publish":
      return { ...standing, publishedAt: at };
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
