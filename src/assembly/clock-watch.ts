import type { Clock } from "../core/clock.ts";

/** A time that somebody else's clock showed, and when ours showed what as it came. Milliseconds. */
export interface AuthorityTime {
  readonly genTime: number;
  readonly sent: number;
  readonly received: number;
}

/** How far somebody else's clock is ahead of ours, milliseconds. */
export interface Difference {
  readonly source: string;
  readonly offset: number;
}

export interface ClockFigures {
  /** What is to be added to our clock, milliseconds; null while too few have shown theirs. */
  readonly offset: number | null;
  readonly authorities: readonly Difference[];
  readonly peers: readonly Difference[];
  /** The last step of our clock, and how long ago it was; null where there was none. */
  readonly jump: { readonly by: number; readonly agoMs: number } | null;
  /** Milliseconds since anybody's clock was seen, since the start or the last jump where nobody's was. */
  readonly unseenMs: number;
}

/** A sample counts for so long, and the best of a peer's in so long is taken, milliseconds. */
const countsFor = 600_000;
const bestOf = 150_000;
/** Our clock and the process's own may drift apart by so much between two looks; more is a step. */
const stepFrom = 2_000;
/** So many peers accuse a clock without an authority. */
const peersToAccuse = 3;
/** More are not registered anywhere. */
const mostSources = 10_000;

interface Heard {
  readonly kind: "authority" | "peer";
  /** The best of this part of time, and of the one before. */
  best: number;
  before: number;
  partBegan: number;
  at: number;
}

/**
 * Compares this server's clock with those of time-stamping authorities and of peers, so that one that goes wrong is told
 * before messages are refused for it. The median decides: one clock that is wrong, whosever, accuses nobody but itself.
 * Ages are measured on the process's own clock, which no step moves.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #monotonic: () => number;
  readonly #heard = new Map<string, Heard>();
  readonly #jumped: (by: number) => void;
  #last: { readonly wall: number; readonly own: number };
  #jump: { readonly by: number; readonly at: number } | undefined;
  #seen: number;

  /**
   * @param monotonic milliseconds of a clock that never steps
   * @param jumped told when our clock has stepped, by how many milliseconds: what was compared before is forgotten
   */
  constructor(clock: Clock, monotonic: () => number, jumped: (by: number) => void) {
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#jumped = jumped;
    this.#last = { wall: clock.now(), own: monotonic() };
    this.#seen = this.#last.own;
  }

  /**
   * Half the round trip is taken as the way of the answer; what both could have taken accuses nobody. A time in whole
   * seconds is half a second late on average.
   */
  heardAuthority(url: string, { genTime, sent, received }: AuthorityTime): void {
    this.look();
    const told = genTime % 1000 === 0 ? genTime + 500 : genTime;
    const offset = told - (sent + received) / 2;
    const unsure = Math.max(0, received - sent) / 2;
    this.#note(url, "authority", Math.sign(offset) * Math.max(0, Math.abs(offset) - unsure));
  }

  /**
   * A message takes its time, and may have waited: a peer's clock is at least as far ahead as its fastest message says.
   * @param signed whole seconds in milliseconds, by the peer's clock
   */
  heardPeer(server: string, signed: number): void {
    this.look();
    this.#note(server, "peer", signed + 500 - this.#last.wall);
  }

  /** Finds out whether our clock has stepped since the last look. */
  look(): void {
    const [wall, own] = [this.#clock.now(), this.#monotonic()];
    const by = wall - this.#last.wall - (own - this.#last.own);
    this.#last = { wall, own };
    if (Math.abs(by) < stepFrom) return;
    this.#heard.clear();
    this.#jump = { by, at: own };
    this.#seen = own;
    this.#jumped(by);
  }

  figures(): ClockFigures {
    this.look();
    const { own } = this.#last;
    const authorities: Difference[] = [];
    const peers: Difference[] = [];
    for (const [source, { kind, best, before, at }] of this.#heard) {
      if (own - at > countsFor) continue;
      (kind === "peer" ? peers : authorities).push({ source, offset: Math.max(best, before) });
    }
    const isEnough = authorities.length > 0 || peers.length >= peersToAccuse;
    return {
      offset: isEnough ? median([...authorities, ...peers].map(({ offset }) => offset)) : null,
      ...{ authorities, peers },
      jump: this.#jump === undefined ? null : { by: this.#jump.by, agoMs: own - this.#jump.at },
      unseenMs: own - this.#seen,
    };
  }

  #note(source: string, kind: Heard["kind"], offset: number): void {
    const at = this.#last.own;
    this.#seen = at;
    const heard = this.#heard.get(source);
    if (heard === undefined) {
      if (this.#heard.size >= mostSources) return;
      this.#heard.set(source, { kind, best: offset, before: Number.NEGATIVE_INFINITY, partBegan: at, at });
      return;
    }
    const isNew = kind === "authority" || at - heard.partBegan > bestOf;
    if (isNew) {
      heard.before = kind === "peer" && at - heard.at <= bestOf ? heard.best : Number.NEGATIVE_INFINITY;
      heard.best = offset;
      heard.partBegan = at;
    } else heard.best = Math.max(heard.best, offset);
    heard.at = at;
  }
}

/** Of an even number the middle one that accuses less: of two that differ, one agrees with us more. */
function median(offsets: readonly number[]): number {
  const sorted = offsets.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)]!;
  if (sorted.length % 2 === 1) return upper;
  const lower = sorted[sorted.length / 2 - 1]!;
  if (Math.sign(lower) !== Math.sign(upper)) return 0;
  return Math.abs(lower) < Math.abs(upper) ? lower : upper;
}
