/** One metric; its labels with what they may say. */
export interface MetricEntry {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets, in the unit of its name. */
  readonly buckets?: readonly number[];
}

const seconds = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const records = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

const role = "`consumer` or `provider`: this server's part";
const service = "a service that this server's configuration lists";
const outcome =
  "`answered`, `refused`, `failed`, `resent` (the answer of an earlier sending), `not_taken` (no record)";

/**
 * Every metric of `GET /metrics`: registration, the README's chapter and the test of both are made from this table. A
 * label's values are few and known: never what a caller wrote, never a member, person or exchange, and of services
 * those alone that are provided here.
 */
// biome-ignore format: a table is read by its columns
export const metricsTable = {
  // Exchanges
  sealway_exchanges_total:               counter("Exchanges that ended, and calls that became none.", { role, outcome, code: "a code of the table of errors, or `none`" }),
  sealway_exchange_duration_seconds:     histogram(seconds, "Time from the arrival of a call to its answer.", { role, outcome }),
  sealway_step_duration_seconds:         histogram(seconds, "Time that a group of steps took, in exchanges in which it was done.", { passage: "`consumer-in`, `provider-in`, `provider-out` or `consumer-out`", steps: "the group, as the table in `src/exchange/pipeline.ts` names it" }),
  sealway_exchanges_running:             gauge("Calls that were let in and have not ended.", { role }),
  sealway_exchanges_limit:               gauge("Calls that are let in at once; further ones are refused as `overloaded`.", { role }),
  sealway_exchanges_left_open:           gauge("Exchanges that an earlier run left open and that could not be closed yet."),
  // Services that are provided here
  sealway_service_exchanges_total:       counter("Exchanges by service: `succeeded` when the service answered, whatever its status.", { service, result: "`succeeded` or `failed`" }),
  sealway_service_breaches_total:        counter("Requests and answers that broke the description of their service.", { role, service: `${service}; \`none\` in the role of a consumer`, message: "`request` or `answer`", fate: "`delivered` or `refused`" }),
  sealway_service_calls_running:         gauge("Calls that the service has not answered.", { service }),
  sealway_service_calls_limit:           gauge("Calls that the service takes at once.", { service }),
  sealway_service_breaker_open:          gauge("1 while the service is not called because it could not be reached.", { service }),
  // Message log
  sealway_log_records_total:             counter("Records made durable."),
  sealway_log_append_seconds:            histogram(seconds, "Time from handing a record over until it was durable."),
  sealway_log_commit_records:            histogram(records, "Items of one transaction of the log."),
  sealway_log_available:                 gauge("1 while the log takes records."),
  sealway_log_timestamp_lag_seconds:     gauge("Age of the oldest record without a time-stamp."),
  sealway_log_batches_total:             counter("Batches that were time-stamped."),
  // Trust
  sealway_configuration_version:         gauge("Version of the global configuration in use."),
  sealway_configuration_age_seconds:     gauge("Age of its newest timestamp."),
  sealway_configuration_expiry_seconds:  gauge("Time until it may not be used any more; negative afterwards."),
  sealway_configuration_forks:           gauge("Peers that use another configuration of the same version."),
  sealway_ocsp_age_seconds:              gauge("Age of the oldest OCSP response that seals are shown with."),
  sealway_certificate_expiry_seconds:    gauge("Time until the first certificate of a use expires; negative afterwards.", { use: "`seal` or `tls`" }),
  sealway_clock_offset_seconds:         gauge("What is to be added to this server's clock, by the median of those of authorities and peers; missing while too few were seen."),
  sealway_peer_addresses:                gauge("Addresses of other security servers that were called since their configuration changed.", { state: "`ok` or `out` (not used while there is another)" }),
  // Monitoring
  sealway_monitoring_rows_total:         counter("Rows of operational monitoring.", { fate: "`kept` or `dropped`" }),
  sealway_alarms:                        gauge("Alarms that stand.", { severity: "`warning` or `critical`" }),
  // Process
  sealway_spool_bytes:                   gauge("Bytes of bodies in spool files."),
  sealway_event_loop_delay_seconds:      gauge("Delay of the event loop in the last one to two minutes.", { quantile: "`0.5`, `0.99` or `1`" }),
  sealway_process_resident_memory_bytes: gauge("Resident memory of the process."),
  sealway_process_cpu_seconds_total:     counter("CPU time of the process, all threads."),
  sealway_process_start_time_seconds:    gauge("When the server started, seconds since the epoch."),
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof metricsTable;

/** The values of a metric's labels. */
export type Labels<Name extends MetricName> = Readonly<
  Record<keyof (typeof metricsTable)[Name]["labels"], string>
>;

type Kind<K extends MetricEntry["kind"], L> = MetricEntry & { readonly kind: K; readonly labels: L };
type NoLabels = Readonly<Record<never, string>>;

function counter<const L extends Readonly<Record<string, string>> = NoLabels>(
  help: string,
  labels: L = {} as L,
): Kind<"counter", L> {
  return { kind: "counter", help, labels };
}

function gauge<const L extends Readonly<Record<string, string>> = NoLabels>(
  help: string,
  labels: L = {} as L,
): Kind<"gauge", L> {
  return { kind: "gauge", help, labels };
}

function histogram<const L extends Readonly<Record<string, string>> = NoLabels>(
  buckets: readonly number[],
  help: string,
  labels: L = {} as L,
): Kind<"histogram", L> & { readonly buckets: readonly number[] } {
  return { kind: "histogram", help, labels, buckets };
}
