import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../core/clock.ts";
import type { MetricsRegistry } from "./metrics-registry.ts";

const minute = 60_000;
const quantiles = { "0.5": 50, "0.99": 99, "1": 100 } as const;

/** What node says of this process: memory, CPU, and how late the event loop turns. */
export class ProcessMetrics {
  readonly #delays = monitorEventLoopDelay({ resolution: 10 });
  readonly #timer: NodeJS.Timeout;
  #lastMinute: Readonly<Record<string, number>> = {};

  constructor(registry: MetricsRegistry, clock: Clock) {
    const startedAt = clock.now() / 1000;
    this.#delays.enable();
    this.#timer = setInterval(() => this.#nextMinute(), minute).unref();
    registry.read("sealway_process_start_time_seconds", () => [{ labels: {}, value: startedAt }]);
    registry.read("sealway_process_resident_memory_bytes", () => [
      { labels: {}, value: process.memoryUsage.rss() },
    ]);
    registry.read("sealway_process_cpu_seconds_total", () => {
      const { user, system } = process.cpuUsage();
      return [{ labels: {}, value: (user + system) / 1e6 }];
    });
    registry.read("sealway_event_loop_delay_seconds", () =>
      Object.entries(this.#thisMinute()).map(([quantile, value]) => {
        return { labels: { quantile }, value: Math.max(value, this.#lastMinute[quantile] ?? 0) };
      }),
    );
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delays.disable();
  }

  #nextMinute(): void {
    this.#lastMinute = this.#thisMinute();
    this.#delays.reset();
  }

  #thisMinute(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(quantiles).map(([name, percentile]) => {
        return [name, this.#delays.count === 0 ? 0 : this.#delays.percentile(percentile) / 1e9];
      }),
    );
  }
}
