import type { Traffic, TrafficDesk, TrafficPeer, TrafficPoint } from "../../admin/traffic-desk.ts";
import type { Clock } from "../../core/clock.ts";
import { InTurn } from "../../core/in-turn.ts";
import type { MonitoringRow } from "../../http/monitoring-row.ts";
import { RowTail } from "../../http/monitoring-tail.ts";

const minuteMs = 60_000;
const mostMinutes = 24 * 60;
/** A look that is younger is new enough, milliseconds. */
const lookedFor = 2_000;
/** Upper bounds of durations, milliseconds: each is a tenth above the one before. */
const growth = 1.1;
const mostBuckets = 128;

interface Minute {
  answered: number;
  refused: number;
  failed: number;
  readonly durations: Uint32Array;
  /** By role and code. */
  readonly codes: Map<string, number>;
  readonly peers: Map<string, TrafficPeer>;
}

type Kind = "answered" | "refused" | "failed";

/**
 * Counts the rows that the running server keeps of its exchanges, by minutes, in the memory of this process. A row names
 * no person, and nothing of it goes on but counts, codes, and names of servers.
 */
export class TrafficTally implements TrafficDesk {
  readonly #tail: RowTail;
  readonly #clock: Clock;
  readonly #minutes = new Map<number, Minute>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #looks = new InTurn();

  /** @param directory of the server's monitoring */
  constructor(directory: string, clock: Clock) {
    this.#tail = new RowTail(directory);
    this.#clock = clock;
  }

  async look(): Promise<void> {
    const now = this.#clock.now();
    if (Math.abs(now - this.#lookedAt) < lookedFor) return this.#looks.idle();
    this.#lookedAt = now;
    await this.#looks.do(() => this.#tail.look((row) => this.#take(row)));
    const oldest = this.#minuteOf(now) - mostMinutes;
    for (const at of this.#minutes.keys()) if (at < oldest) this.#minutes.delete(at);
  }

  async last(hours: number, minutes: number): Promise<Traffic> {
    await this.look();
    const end = this.#minuteOf(this.#clock.now()) + 1;
    const begin = Math.ceil((end - hours * 60) / minutes) * minutes;
    const points: TrafficPoint[] = [];
    for (let at = begin; at < end; at += minutes) points.push(this.#point(at, at + minutes));
    const all = this.#between(begin, end);
    return { points, codes: codesOf(all), peers: peersOf(all) };
  }

  #minuteOf(at: number): number {
    return Math.floor(at / minuteMs);
  }

  #between(begin: number, end: number): readonly Minute[] {
    return [...this.#minutes].filter(([at]) => at >= begin && at < end).map(([, minute]) => minute);
  }

  #point(begin: number, end: number): TrafficPoint {
    const minutes = this.#between(begin, end);
    const sum = (kind: Kind) => minutes.reduce((all, minute) => all + minute[kind], 0);
    return {
      ...{
        time: begin * minuteMs,
        answered: sum("answered"),
        refused: sum("refused"),
        failed: sum("failed"),
      },
      ...{ median: quantile(minutes, 0.5), slow: quantile(minutes, 0.95) },
    };
  }

  #take(row: MonitoringRow): void {
    const at = this.#minuteOf(row.at * 1000);
    const minute = this.#minutes.get(at) ?? emptyMinute();
    this.#minutes.set(at, minute);
    const kind: Kind = row.outcome === "refused" || row.outcome === "failed" ? row.outcome : "answered";
    minute[kind]++;
    if (kind === "answered") minute.durations[bucketOf(row.responseOut - row.requestIn)]!++;
    if (row.code !== null) {
      const name = `${row.role} ${row.code}`;
      minute.codes.set(name, (minute.codes.get(name) ?? 0) + 1);
    }
    const server = row.role === "consumer" ? row.serviceServer : row.clientServer;
    if (server !== null) minute.peers.set(server, withRow(minute.peers.get(server), server, row, kind));
  }
}

function emptyMinute(): Minute {
  return {
    ...{ answered: 0, refused: 0, failed: 0, durations: new Uint32Array(mostBuckets) },
    ...{ codes: new Map(), peers: new Map() },
  };
}

function withRow(
  known: TrafficPeer | undefined,
  server: string,
  row: MonitoringRow,
  kind: Kind,
): TrafficPeer {
  const time = row.at * 1000;
  const before = known ?? { ...noTraffic, server };
  const failure = kind === "failed" ? { lastFailure: time, lastFailureCode: row.code } : {};
  return { ...before, [kind]: before[kind] + 1, last: time, ...failure };
}

const noTraffic = { answered: 0, refused: 0, failed: 0, last: 0, lastFailure: null, lastFailureCode: null };

function bucketOf(milliseconds: number): number {
  const at = Math.ceil(Math.log(Math.max(1, milliseconds)) / Math.log(growth));
  return Math.min(mostBuckets - 1, at);
}

/** To a tenth: the upper bound of the bucket. */
function quantile(minutes: readonly Minute[], part: number): number | null {
  const sums = new Float64Array(mostBuckets);
  for (const { durations } of minutes) for (const [i, count] of durations.entries()) sums[i]! += count;
  const all = sums.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [i, count] of sums.entries()) {
    seen += count;
    if (count > 0 && seen >= all * part) return Math.round(growth ** i);
  }
  return null;
}

function codesOf(minutes: readonly Minute[]): Traffic["codes"] {
  const counts = new Map<string, number>();
  for (const { codes } of minutes)
    for (const [name, count] of codes) counts.set(name, (counts.get(name) ?? 0) + count);
  return [...counts]
    .map(([name, count]) => {
      const [role, code] = name.split(" ") as ["consumer" | "provider", string];
      return { code, role, count };
    })
    .toSorted((a, b) => b.count - a.count);
}

function peersOf(minutes: readonly Minute[]): Traffic["peers"] {
  const all = new Map<string, TrafficPeer>();
  for (const { peers } of minutes)
    for (const [server, peer] of peers) all.set(server, together(all.get(server), peer));
  return [...all.values()].toSorted((a, b) => b.failed - a.failed || b.last - a.last);
}

function together(one: TrafficPeer | undefined, other: TrafficPeer): TrafficPeer {
  if (one === undefined) return other;
  const later = (one.lastFailure ?? 0) > (other.lastFailure ?? 0) ? one : other;
  return {
    ...{ server: one.server, last: Math.max(one.last, other.last) },
    ...{ answered: one.answered + other.answered, refused: one.refused + other.refused },
    ...{ failed: one.failed + other.failed },
    ...{ lastFailure: later.lastFailure, lastFailureCode: later.lastFailureCode },
  };
}
