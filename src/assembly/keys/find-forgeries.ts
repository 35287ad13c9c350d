import { asSealwayError } from "../../core/errors.ts";
import type { MemberId, ServerId } from "../../core/ids.ts";
import type { HourDesk } from "../../exchange/builtin/hour-statements.ts";
import { hourHere, hourThere, membersAt } from "../../exchange/builtin/peer-hours.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import { compareEntries } from "../../messagelog/statement/compare-entries.ts";
import { narrow } from "../../messagelog/statement/narrow.ts";
import { hourMs, hourRange, type Pair } from "../../messagelog/statement/pair-hour.ts";
import type { EntryFinding } from "../../messagelog/statement/reconciliation-result.ts";

/** An exchange that a peer holds with a member's seal, and that the member's own log does not have, or has otherwise. */
export interface Forgery extends Pick<EntryFinding, "exchange" | "finding" | "part"> {
  readonly peer: MemberId;
  readonly peerServer: ServerId;
}

export interface ForgerySearch {
  readonly forgeries: readonly Forgery[];
  /** Differing exchanges, at least, that were not looked into one by one. */
  readonly unresolved: number;
  /** Pairs of a peer and an hour that were asked about. */
  readonly asked: number;
  /** Who could not be asked, with the reason. */
  readonly silent: readonly {
    readonly peer: MemberId;
    readonly peerServer: ServerId;
    readonly reason: string;
  }[];
}

/** What shows that somebody else spoke for this side: a peer has what was never sent from here. */
const forged: ReadonlySet<EntryFinding["finding"]> = new Set(["missing-here", "different"]);
/** Peers that are asked at once. */
const atOnce = 8;

/**
 * Asks every other server what it holds of a member's exchanges since a time, hour by hour, and compares. The questions are
 * ordinary exchanges, sealed by the member: it must have a key that is not suspended.
 * @param from milliseconds
 */
export async function findForgeries(
  services: GatewayServices,
  desk: Pick<HourDesk, "ranges" | "entries">,
  member: MemberId,
  from: number,
): Promise<ForgerySearch> {
  const pairs = pairsOf(services, member);
  const found = {
    forgeries: [] as Forgery[],
    unresolved: 0,
    asked: 0,
    silent: [] as ForgerySearch["silent"][number][],
  };
  const askNext = async (): Promise<void> => {
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      try {
        await askPair(pair);
      } catch (thrown) {
        const { peer, peerServer } = pair;
        found.silent.push({ peer, peerServer, reason: asSealwayError(thrown).code });
      }
    }
  };
  const askPair = async (pair: Pair): Promise<void> => {
    const { peer, peerServer } = pair;
    for (let hour = from - (from % hourMs); hour <= services.clock.now(); hour += hourMs) {
      const at = { ...pair, from: hour };
      const { here, there, unresolved } = await narrow(
        hourRange(hour),
        hourHere(desk, at),
        hourThere(services, at),
      );
      const { findings } = compareEntries(here, there, false);
      for (const { exchange, finding, part } of findings)
        if (forged.has(finding)) found.forgeries.push({ exchange, finding, part, peer, peerServer });
      found.unresolved += unresolved;
      found.asked++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askNext));
  return found;
}

/** Whom a forger may have spoken to: every member at every other server. */
function pairsOf({ self, trust }: GatewayServices, member: MemberId): Pair[] {
  const { servers } = trust().configuration;
  return servers.flatMap((server) => {
    if (server.id === self) return [];
    return membersAt(server).map((peer) => ({ member, server: self, peer, peerServer: server.id }));
  });
}
