import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import manifest from "../../package.json" with { type: "json" };
import type { Clock } from "../core/clock.ts";
import type { ServiceId } from "../core/ids.ts";
import type { DescriptionBreach, ExchangeEnd, ExchangeMonitor } from "../exchange/exchange-monitor.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { BreachLog } from "../http/breach-log.ts";
import type { ServiceState } from "../http/health-interface.ts";
import type { CounterCell, HistogramCell } from "../http/metrics-cells.ts";
import { ExchangeMetrics } from "../http/metrics-exchanges.ts";
import { ProcessMetrics } from "../http/metrics-process.ts";
import { MetricsRegistry } from "../http/metrics-registry.ts";
import { MonitoringInterface } from "../http/monitoring-interface.ts";
import { MonitoringJournal } from "../http/monitoring-journal.ts";
import { ServiceStatistics } from "../http/monitoring-statistics.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

const megabyte = 1024 * 1024;

/** All that watches how exchanges go: counts them, keeps statistics of services, and a row of each exchange. */
export class Monitoring implements ExchangeMonitor {
  readonly registry = new MetricsRegistry();
  readonly journal: MonitoringJournal;
  readonly statistics: ServiceStatistics;
  readonly #exchanges: ExchangeMetrics;
  readonly #process: ProcessMetrics;
  readonly #records: CounterCell = this.registry.counter("sealway_log_records_total", {});
  readonly #appends: HistogramCell = this.registry.histogram("sealway_log_append_seconds", {});
  readonly #commits: HistogramCell = this.registry.histogram("sealway_log_commit_records", {});
  readonly #batches: CounterCell = this.registry.counter("sealway_log_batches_total", {});

  readonly #breaches: BreachLog;

  private constructor(
    journal: MonitoringJournal,
    services: readonly ServiceId[],
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#breaches = new BreachLog(logger, clock);
    this.journal = journal;
    this.statistics = new ServiceStatistics(services, clock);
    this.#exchanges = new ExchangeMetrics(this.registry, services);
    this.#process = new ProcessMetrics(this.registry, clock);
  }

  static async open(configuration: ServerConfiguration, clock: Clock, logger: Logger): Promise<Monitoring> {
    const { monitoring, services, stateDirectory } = configuration;
    const journal = await MonitoringJournal.open({
      directory: join(stateDirectory, "monitoring"),
      clock,
      retentionDays: monitoring.retentionDays,
      mostBytes: monitoring.maxMegabytes * megabyte,
    });
    return new Monitoring(
      journal,
      services.map(({ id }) => id),
      { clock, logger },
    );
  }

  spent(group: number, milliseconds: number): void {
    this.#exchanges.spent(group, milliseconds);
  }

  appended(milliseconds: number): void {
    this.#records.add();
    this.#appends.observe(milliseconds / 1000);
  }

  ended(end: ExchangeEnd): void {
    this.#exchanges.ended(end);
    this.statistics.ended(end);
    this.journal.ended(end);
  }

  breach(breach: DescriptionBreach): void {
    this.#exchanges.breach(breach);
    this.statistics.breach(breach);
    this.#breaches.tell(breach);
  }

  /** Told of each transaction of the log. @param items records and what goes with them */
  readonly committed = (items: number): void => this.#commits.observe(items);

  /** Told of each batch that is time-stamped. */
  readonly sealed = (): void => this.#batches.add();

  /** What the consumer interface answers of it. */
  interfaceFor(services: GatewayServices, configuration: ServerConfiguration): MonitoringInterface {
    const { journal, statistics } = this;
    const internalAddress = internalAddressOf(configuration.consumerInterface.host);
    const version = `Sealway ${manifest.version}`;
    const addressOf: MonitoringInterfaceAddress = (server) =>
      services.trust().directory.server(server)?.addresses[0]?.host;
    return new MonitoringInterface({
      journal,
      statistics,
      surroundings: { internalAddress, version, addressOf },
    });
  }

  /** How each service that is provided here fares. */
  serviceStates(services: GatewayServices["services"]): ServiceState[] {
    return [...services.values()].map(({ id, compartment }) => {
      const { success, failure, failureCode } = this.statistics.last(id) ?? noResults;
      const hasFailed = failure !== null && failure >= (success ?? 0);
      const byResult = success === null && failure === null ? "unused" : hasFailed ? "failing" : "ok";
      return {
        service: id,
        state: compartment.isPaused ? "out" : byResult,
        running: compartment.running,
        concurrency: compartment.concurrency,
        ...{ lastSuccess: success, lastFailure: failure, lastFailureCode: failureCode },
        brokenAnswers: this.statistics.brokenAnswers(id),
      };
    });
  }

  async close(): Promise<void> {
    this.#process.close();
    await this.journal.close();
  }
}

type MonitoringInterfaceAddress = ConstructorParameters<
  typeof MonitoringInterface
>[0]["surroundings"]["addressOf"];

const noResults = { success: null, failure: null, failureCode: null };

/** The address at which information systems find this server: as configured, or the machine's first. */
function internalAddressOf(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return (all.find(({ internal }) => !internal) ?? all[0])?.address ?? host;
}
