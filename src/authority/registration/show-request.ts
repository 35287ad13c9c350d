import { type MemberId, memberOf, providerOf } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import type { KeptRequest } from "../registry/kept-request.ts";

/** A request as both sides see it. Who the officers are, is not told. */
export interface ShownRequest extends Pick<KeptRequest, "request" | "sha256" | "state"> {
  /** ISO 8601. */
  readonly received: string;
  readonly since: string;
  /** When it expires if nobody acts; null for one that is over. */
  readonly expires: string | null;
  /** Officers who have approved it, and how many must. */
  readonly approved: number;
  readonly persons: number;
  /** By whose seals it is signed; none when officers of the authority alone ask. */
  readonly members: KeptRequest["members"];
  /** The rule by which no officer was needed. */
  readonly automatic: string | null;
  /** Why it was declined. */
  readonly reason: string | null;
}

/** @param expiry milliseconds */
export function showRequest(kept: KeptRequest, expiry: number): ShownRequest {
  const { request, sha256, state, received, since, approvals, members, persons } = kept;
  const isOpen = state === "saved" || state === "requested";
  return {
    ...{ request, sha256, state, members, persons, approved: approvals.length },
    ...{ received: iso(received), since: iso(since), expires: isOpen ? iso(received + expiry) : null },
    ...{ automatic: kept.automatic ?? null, reason: kept.reason ?? null },
  };
}

/** Whose affair a request is. */
export function membersConcerned({ request }: KeptRequest): ReadonlySet<MemberId> {
  return new Set(request.changes.flatMap(membersIn));
}

function membersIn(change: Change): readonly MemberId[] {
  return [
    ...("member" in change ? [change.member] : []),
    ...("from" in change ? change.from : []),
    ...("to" in change ? change.to.map(({ member }) => member) : []),
    ...("owner" in change ? [change.owner] : []),
    ...("server" in change ? [memberOf(change.server)] : []),
    ...("subsystem" in change ? [memberOf(change.subsystem)] : []),
    ...("client" in change ? [memberOf(change.client)] : []),
    ...("agreement" in change ? [memberOf(change.consumer), memberOf(providerOf(change.service))] : []),
  ];
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
