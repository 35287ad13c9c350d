import { SealwayError } from "../../core/errors.ts";
import { type ClientId, type MemberId, memberOf, type ServerId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { checkControl } from "../../messagelog/statement/control-schemas.ts";
import type { HourSide } from "../../messagelog/statement/narrow.ts";
import type { Entry, IdRange, Pair, PairHour, Sum } from "../../messagelog/statement/pair-hour.ts";
import type { SecurityServer } from "../../trust/global-configuration.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { callPeer } from "./call-peer.ts";
import type { HourDesk } from "./hour-statements.ts";

/** What this server's log holds of an hour. */
export function hourHere(desk: Pick<HourDesk, "ranges" | "entries">, hour: PairHour): HourSide {
  return {
    sums: (ranges) => desk.ranges({ ...hour, ranges }),
    entries: (ranges) => desk.entries({ ...hour, ranges }),
  };
}

/** What the peer says that its log holds of it. Whatever it lists beside what it was asked for is left out. */
export function hourThere(services: GatewayServices, hour: PairHour): HourSide {
  const { from } = hour;
  const read = async <Answer>(what: "sums" | "entries", ranges: readonly IdRange[]): Promise<Answer> => {
    const bytes = await askPeer(services, hour, paths[what], { from, ranges });
    const document = parseStrictJson(bytes, "invalid_response");
    checkControl(what, document, "invalid_response");
    return document as Answer;
  };
  return {
    sums: async (ranges) => {
      const { sums } = await read<{ sums: Sum[] }>("sums", ranges);
      if (sums.length === ranges.length) return sums;
      throw new SealwayError("invalid_response", "the peer answered other ranges than it was asked");
    },
    entries: async (ranges) => {
      const { entries } = await read<{ entries: Entry[] }>("entries", ranges);
      return entries.filter(({ id }) => ranges.some((range) => isWithin(id, range)));
    },
  };
}

const paths = { sums: "/ranges", entries: "/entries" } as const;

function isWithin(id: string, { from, to }: IdRange): boolean {
  const hex = id.replaceAll("-", "");
  return hex >= from && hex < to;
}

/** Calls `sealway.statement` of a peer. @throws SealwayError as `callPeer` and `sidesOf` */
export function askPeer(
  services: GatewayServices,
  pair: Pair,
  path: "/statements" | "/ranges" | "/entries",
  body: object,
): Promise<Buffer> {
  return callPeer(services, { ...sidesOf(services, pair), code: "sealway.statement", path, body });
}

/**
 * In whose name a pair's questions are asked, and at which subsystem.
 * @throws SealwayError `unknown_member` when one of the servers serves none of its member any more
 */
export function sidesOf(
  { trust }: GatewayServices,
  { member, peer, server, peerServer }: Pair,
): { readonly client: ClientId; readonly subsystem: ClientId } {
  const { directory } = trust();
  const find = (id: ServerId, of: MemberId) => {
    const found = subsystemOf(directory.server(id), of);
    if (found !== undefined) return found;
    throw new SealwayError("unknown_member", `${id} serves no subsystem of ${of}`);
  };
  return { client: find(server, member), subsystem: find(peerServer, peer) };
}

/** The members of which a server serves subsystems. */
export function membersAt(server: SecurityServer | undefined): MemberId[] {
  return [...new Set(subsystemsAt(server).map(memberOf))];
}

/** A subsystem of the member at the server: any, since each is answered by the same gateway. */
function subsystemOf(server: SecurityServer | undefined, member: MemberId): ClientId | undefined {
  return subsystemsAt(server)
    .filter((one) => memberOf(one) === member)
    .sort()[0];
}

function subsystemsAt(server: SecurityServer | undefined): ClientId[] {
  return (server?.clients ?? []).filter((one) => one.split("/").length === 4);
}
