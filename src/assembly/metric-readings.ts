import type { AdmissionGate } from "../core/admission-gate.ts";
import type { Clock } from "../core/clock.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { PooledPeerClient } from "../exchange/pooled-peer-client.ts";
import { spooledBytes } from "../exchange/spool-file.ts";
import type { Health } from "../http/health-interface.ts";
import type { MetricsRegistry } from "../http/metrics-registry.ts";
import type { MonitoringJournal } from "../http/monitoring-journal.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";
import type { ClockWatch } from "./clock-watch.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import type { Gates } from "./open-doors.ts";

export interface MetricSources {
  readonly clock: Clock;
  readonly services: Pick<GatewayServices, "services" | "seals">;
  readonly configuration: ConfigurationClient;
  readonly log: DurableMessageLog;
  readonly peers: PooledPeerClient;
  readonly journal: MonitoringJournal;
  readonly keys: Pick<KeyRing, "tlsExpiries">;
  readonly gates: Gates;
  readonly clocks: Pick<ClockWatch, "figures">;
  /** Peers that use another configuration of the same version. */
  forks(): readonly string[];
  leftOpen(): number;
  health(): Health;
}

/** Has what others know looked up at each scrape. */
export function readMetrics(registry: MetricsRegistry, sources: MetricSources): void {
  readWork(registry, sources);
  readLog(registry, sources);
  readConfiguration(registry, sources);
  readCertificates(registry, sources);
}

function readWork(registry: MetricsRegistry, sources: MetricSources): void {
  const { clock, clocks, gates, journal, leftOpen, health, peers, services } = sources;
  const byRole = (figure: (gate: AdmissionGate) => number) => () =>
    (["consumer", "provider"] as const).map((role) => ({ labels: { role }, value: figure(gates[role]) }));
  registry.read(
    "sealway_exchanges_running",
    byRole((gate) => gate.running),
  );
  registry.read(
    "sealway_exchanges_limit",
    byRole((gate) => gate.most),
  );
  registry.read("sealway_exchanges_left_open", () => only(leftOpen()));
  const byService =
    (figure: (of: { running: number; concurrency: number; isPaused: boolean }) => number) => () =>
      [...services.services.values()].map(({ id, compartment }) => {
        return { labels: { service: id }, value: figure(compartment) };
      });
  registry.read(
    "sealway_service_calls_running",
    byService(({ running }) => running),
  );
  registry.read(
    "sealway_service_calls_limit",
    byService(({ concurrency }) => concurrency),
  );
  registry.read(
    "sealway_service_breaker_open",
    byService(({ isPaused }) => Number(isPaused)),
  );
  registry.read("sealway_peer_addresses", () => {
    const addresses = peers.addresses();
    const out = addresses.filter(({ outUntil }) => outUntil > clock.now()).length;
    return [
      { labels: { state: "ok" }, value: addresses.length - out },
      { labels: { state: "out" }, value: out },
    ];
  });
  registry.read("sealway_clock_offset_seconds", () => {
    const { offset } = clocks.figures();
    return offset === null ? [] : only(offset / 1000);
  });
  registry.read("sealway_spool_bytes", () => only(spooledBytes()));
  registry.read("sealway_monitoring_rows_total", () => [
    { labels: { fate: "kept" }, value: journal.kept },
    { labels: { fate: "dropped" }, value: journal.dropped },
  ]);
  registry.read("sealway_alarms", () => {
    const { alarms } = health();
    const count = (wanted: string) => alarms.filter(({ severity }) => severity === wanted).length;
    return ["warning", "critical"].map((severity) => ({ labels: { severity }, value: count(severity) }));
  });
}

function readLog(registry: MetricsRegistry, { log }: MetricSources): void {
  registry.read("sealway_log_available", () => only(Number(log.health().store.state === "ok")));
  registry.read("sealway_log_timestamp_lag_seconds", () => only(log.timestampLag() / 1000));
}

function readConfiguration(registry: MetricsRegistry, { clock, configuration, forks }: MetricSources): void {
  registry.read("sealway_configuration_forks", () => only(forks().length));
  const seconds = (figure: "freshAt" | "expiresAt", sign: 1 | -1) => () => {
    const at = configuration.status()[figure];
    return at === undefined ? [] : only((sign * (at - clock.now())) / 1000);
  };
  registry.read("sealway_configuration_version", () => {
    const { version } = configuration.status();
    return version === undefined ? [] : only(version);
  });
  registry.read("sealway_configuration_age_seconds", seconds("freshAt", -1));
  registry.read("sealway_configuration_expiry_seconds", seconds("expiresAt", 1));
}

function readCertificates(registry: MetricsRegistry, { clock, services, keys }: MetricSources): void {
  const sealExpiries = () => [...services.seals.values()].map(({ signer }) => signer.certificate.notAfter);
  registry.read("sealway_certificate_expiry_seconds", () =>
    [
      { use: "seal", ends: sealExpiries() },
      { use: "tls", ends: keys.tlsExpiries() },
    ].map(({ use, ends }) => ({ labels: { use }, value: (Math.min(...ends) - clock.now()) / 1000 })),
  );
  registry.read("sealway_ocsp_age_seconds", () => {
    const ages = [...services.seals.values()].flatMap(({ staple }) => ageOf(staple, clock));
    return ages.length === 0 ? [] : only(Math.max(...ages));
  });
}

/** A seal without a good response has none that it is shown with: an alarm tells that. */
function ageOf(staple: () => { readonly thisUpdate: number }, clock: Clock): number[] {
  try {
    return [(clock.now() - staple().thisUpdate) / 1000];
  } catch {
    return [];
  }
}

function only(
  value: number,
): readonly [{ readonly labels: Readonly<Record<never, string>>; readonly value: number }] {
  return [{ labels: {}, value }];
}
