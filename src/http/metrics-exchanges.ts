import type { ServiceId } from "../core/ids.ts";
import type { DescriptionBreach, ExchangeEnd, ExchangeMonitor } from "../exchange/exchange-monitor.ts";
import { stepGroups } from "../exchange/pipeline.ts";
import type { CounterCell, HistogramCell } from "./metrics-cells.ts";
import type { MetricsRegistry } from "./metrics-registry.ts";

/** Counts exchanges. Cells are made once for each combination that occurs: there are as many as codes and outcomes. */
export class ExchangeMetrics implements Omit<ExchangeMonitor, "appended"> {
  readonly #registry: MetricsRegistry;
  readonly #steps: readonly HistogramCell[];
  readonly #ends = new Map<string, CounterCell>();
  readonly #breaches = new Map<string, CounterCell>();
  readonly #durations = new Map<string, HistogramCell>();
  readonly #services: ReadonlyMap<ServiceId, Record<"succeeded" | "failed", CounterCell>>;

  /** @param services those that are provided here */
  constructor(registry: MetricsRegistry, services: Iterable<ServiceId>) {
    this.#registry = registry;
    this.#steps = stepGroups.map((labels) =>
      registry.histogram("sealway_step_duration_seconds", { ...labels }),
    );
    const cell = (service: ServiceId, result: string) =>
      registry.counter("sealway_service_exchanges_total", { service, result });
    this.#services = new Map(
      [...services].map((id) => [id, { succeeded: cell(id, "succeeded"), failed: cell(id, "failed") }]),
    );
  }

  spent(group: number, milliseconds: number): void {
    this.#steps[group]?.observe(milliseconds / 1000);
  }

  breach({ role, service, message, fate }: DescriptionBreach): void {
    const provided = role === "provider" && this.#services.has(service.id) ? service.id : "none";
    const key = `${role} ${provided} ${message} ${fate}`;
    let cell = this.#breaches.get(key);
    if (cell === undefined) {
      cell = this.#registry.counter("sealway_service_breaches_total", {
        role,
        service: provided,
        message,
        fate,
      });
      this.#breaches.set(key, cell);
    }
    cell.add();
  }

  ended({ role, outcome, code, milliseconds, account }: ExchangeEnd): void {
    const key = `${role} ${outcome}`;
    const coded = code === null ? key : `${key} ${code}`;
    let ends = this.#ends.get(coded);
    if (ends === undefined) {
      ends = this.#registry.counter("sealway_exchanges_total", { role, outcome, code: code ?? "none" });
      this.#ends.set(coded, ends);
    }
    ends.add();
    if (account === null) return;
    this.#durationsOf(key, role, outcome).observe(milliseconds / 1000);
    if (role === "consumer" || account.service === null) return;
    this.#services.get(account.service.id)?.[outcome === "answered" ? "succeeded" : "failed"].add();
  }

  #durationsOf(key: string, role: string, outcome: string): HistogramCell {
    const known = this.#durations.get(key);
    if (known !== undefined) return known;
    const made = this.#registry.histogram("sealway_exchange_duration_seconds", { role, outcome });
    this.#durations.set(key, made);
    return made;
  }
}
