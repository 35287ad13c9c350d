import type { MemberId, ServerId } from "../../core/ids.ts";

/** Two members by the servers that served them: what one log and one other hold of each other's exchanges. */
export interface Pair {
  /** Whose exchanges, as this log holds them. */
  readonly member: MemberId;
  readonly server: ServerId;
  readonly peer: MemberId;
  readonly peerServer: ServerId;
}

/** The exchanges of a pair whose ids carry a time of one hour. */
export interface PairHour extends Pair {
  /** Milliseconds since the epoch, a whole hour. */
  readonly from: number;
}

export const hourMs = 3_600_000;

/** The pair as the other side sees it. */
export function turned({ member, server, peer, peerServer }: Pair): Pair {
  return { member: peer, server: peerServer, peer: member, peerServer: server };
}

export function pairName({ member, server, peer, peerServer }: Pair): string {
  return `${member} ${server} ${peer} ${peerServer}`;
}

export function pairHourName(one: PairHour): string {
  return `${one.from} ${pairName(one)}`;
}

/** How many answered exchanges there are and the root of the tree over them, base64url. */
export interface Sum {
  readonly count: number;
  readonly root: string;
}

/** Exchange ids as 32 hexadecimal digits; `to` is not in the range. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

export interface RangeQuestion extends PairHour {
  readonly ranges: readonly IdRange[];
}

/** One exchange as a log holds it. Digests are base64url SHA-256 of compact signatures. */
export interface Entry {
  /** UUID. */
  readonly id: string;
  /** The part of the server whose log it is. */
  readonly role: "consumer" | "provider";
  /** Null when the request is not there. */
  readonly request: string | null;
  /** Null when no answer of the provider's side is there. */
  readonly answer: string | null;
  /** The consumer ended it by itself, since no good answer came. */
  readonly concluded: boolean;
}

/** The range of all ids whose time is in the hour. */
export function hourRange(from: number): IdRange {
  return rangeBetween(from, from + hourMs);
}

/** The range of all ids whose time lies between two times, the second one excluded. */
export function rangeBetween(from: number, to: number): IdRange {
  return { from: idAt(BigInt(from) << 80n), to: idAt(BigInt(to) << 80n) };
}

/** The range of one exchange id. */
export function rangeOf(exchangeId: string): IdRange {
  const hex = exchangeId.replaceAll("-", "");
  return { from: hex, to: idAt(BigInt(`0x${hex}`) + 1n) };
}

/** Parts of a range, equal in width, at most `parts`. */
export function splitRange({ from, to }: IdRange, parts: number): IdRange[] {
  const start = BigInt(`0x${from}`);
  const end = BigInt(`0x${to}`);
  const step = (end - start + BigInt(parts) - 1n) / BigInt(parts);
  const ranges: IdRange[] = [];
  for (let at = start; at < end; at += step) {
    ranges.push({ from: idAt(at), to: idAt(at + step < end ? at + step : end) });
  }
  return ranges;
}

function idAt(value: bigint): string {
  return value.toString(16).padStart(32, "0");
}
