import type { Clock } from "../core/clock.ts";
import type { ServiceId } from "../core/ids.ts";
import type { DescriptionBreach, ExchangeEnd } from "../exchange/exchange-monitor.ts";
import type { BrokenAnswers } from "./health-interface.ts";

const minute = 60_000;
/** Minutes that the statistics cover, the running one among them. */
const periodMinutes = 10;

/** Over one kind of figure in a minute. */
interface Moments {
  count: number;
  sum: number;
  squares: number;
  least: number;
  most: number;
}

interface Minute {
  /** Minutes since the epoch. */
  readonly at: number;
  succeeded: number;
  failed: number;
  readonly duration: Moments;
  readonly requestSize: Moments;
  readonly responseSize: Moments;
}

/** Null where there was nothing to measure. */
export interface Distribution {
  readonly min: number;
  readonly average: number;
  readonly max: number;
  readonly standardDeviation: number;
}

/** How a service did in the last ten minutes. Durations are milliseconds, sizes bytes. */
export interface PeriodStatistics {
  readonly succeeded: number;
  readonly failed: number;
  readonly duration: Distribution | null;
  readonly requestSize: Distribution | null;
  readonly responseSize: Distribution | null;
}

/** Milliseconds since the epoch. */
export interface LastResults {
  readonly success: number | null;
  readonly failure: number | null;
  readonly failureCode: string | null;
}

/** Seconds that the statistics cover. */
export const statisticsPeriod = (periodMinutes * minute) / 1000;

/**
 * Figures on each service that is provided here, since the server started and by minutes. A call succeeded when the
 * service answered, whatever its status: that may depend on the person. Kept in memory alone.
 */
export class ServiceStatistics {
  readonly startedAt: number;
  readonly #clock: Clock;
  readonly #services: ReadonlyMap<ServiceId, { last: LastResults; minutes: Minute[]; broken: BrokenAnswers }>;

  constructor(services: Iterable<ServiceId>, clock: Clock) {
    this.#clock = clock;
    this.startedAt = clock.now();
    this.#services = new Map(
      [...services].map((id) => [id, { last: nothingYet, minutes: [], broken: nothingBroken }]),
    );
  }

  get services(): Iterable<ServiceId> {
    return this.#services.keys();
  }

  ended({ role, outcome, code, account }: ExchangeEnd): void {
    if (role === "consumer" || account === null || account.service === null) return;
    const service = this.#services.get(account.service.id);
    // What a rule refused, and what was answered before, says nothing of the service.
    if (service === undefined || (outcome !== "answered" && outcome !== "failed")) return;
    const now = account.responseOut;
    const { last } = service;
    service.last =
      outcome === "answered" ? { ...last, success: now } : { ...last, failure: now, failureCode: code };
    const current = this.#minute(service);
    current[outcome === "answered" ? "succeeded" : "failed"]++;
    measure(current.duration, now - account.requestIn);
    measure(current.requestSize, account.requestBytes ?? 0);
    if (account.responseBytes !== null) measure(current.responseSize, account.responseBytes);
  }

  breach({ role, service, message, fate, endpoint, place, keyword }: DescriptionBreach): void {
    const known = this.#services.get(service.id);
    if (known === undefined || role === "consumer" || message === "request") return;
    const at = `${endpoint.method} ${endpoint.template}`;
    const last = { time: this.#clock.now(), version: service.version, endpoint: at, place, keyword };
    known.broken = { ...known.broken, [fate]: known.broken[fate] + 1, last };
  }

  brokenAnswers(service: ServiceId): BrokenAnswers {
    return this.#services.get(service)?.broken ?? nothingBroken;
  }

  /** What the last calls came to; undefined for a service that is not provided here. */
  last(service: ServiceId): LastResults | undefined {
    return this.#services.get(service)?.last;
  }

  period(service: ServiceId): PeriodStatistics {
    const oldest = this.#now() - periodMinutes;
    const minutes = (this.#services.get(service)?.minutes ?? []).filter(({ at }) => at > oldest);
    const total = (name: "succeeded" | "failed") => minutes.reduce((sum, one) => sum + one[name], 0);
    return {
      succeeded: total("succeeded"),
      failed: total("failed"),
      duration: distribution(minutes.map((one) => one.duration)),
      requestSize: distribution(minutes.map((one) => one.requestSize)),
      responseSize: distribution(minutes.map((one) => one.responseSize)),
    };
  }

  #minute(service: { minutes: Minute[] }): Minute {
    const at = this.#now();
    const newest = service.minutes.at(-1);
    if (newest?.at === at) return newest;
    const next: Minute = {
      ...{ at, succeeded: 0, failed: 0 },
      ...{ duration: noMoments(), requestSize: noMoments(), responseSize: noMoments() },
    };
    service.minutes = [...service.minutes.slice(1 - periodMinutes), next];
    return next;
  }

  #now(): number {
    return Math.floor(this.#clock.now() / minute);
  }
}

const nothingYet: LastResults = { success: null, failure: null, failureCode: null };

const nothingBroken: BrokenAnswers = { delivered: 0, refused: 0, last: null };

function noMoments(): Moments {
  return { count: 0, sum: 0, squares: 0, least: Number.POSITIVE_INFINITY, most: 0 };
}

function measure(moments: Moments, value: number): void {
  moments.count++;
  moments.sum += value;
  moments.squares += value * value;
  if (value < moments.least) moments.least = value;
  if (value > moments.most) moments.most = value;
}

function distribution(parts: readonly Moments[]): Distribution | null {
  const sum = (name: "count" | "sum" | "squares") => parts.reduce((total, part) => total + part[name], 0);
  const count = sum("count");
  if (count === 0) return null;
  const average = sum("sum") / count;
  return {
    min: Math.min(...parts.map(({ least }) => least)),
    average,
    max: Math.max(...parts.map(({ most }) => most)),
    standardDeviation: Math.sqrt(Math.max(0, sum("squares") / count - average * average)),
  };
}
