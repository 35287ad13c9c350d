import { checkSeal } from "../exchange/check-seal.ts";
import type { GatewayServices, MemberSeal } from "../exchange/gateway-services.ts";
import type { Alarm, Health, ServiceState } from "../http/health-interface.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { ReconciliationResult } from "../messagelog/statement/reconciliation-result.ts";
import { sealClassOf } from "../pki/seal-class.ts";
import type { ConfigurationClient } from "../trust/configuration-client.ts";
import { isFreshForSensitive } from "../trust/configuration-status.ts";
import type { InstancePurpose } from "../trust/global-configuration.ts";
import type { AlarmBook } from "./alarm-book.ts";
import { clockAlarms } from "./clock-alarms.ts";
import type { ClockWatch } from "./clock-watch.ts";
import { deviceAlarms } from "./device-alarms.ts";
import { hostingAlarms } from "./hosting-alarms.ts";
import type { Gates } from "./open-doors.ts";
import { reconciliationAlarms } from "./reconciliation.ts";
import { trustServiceAlarms } from "./trust-service-alarms.ts";
import type { TrustServicesHealth } from "./trust-services-health.ts";
import type { WitnessingHealth } from "./witnessing.ts";
import { witnessingAlarms } from "./witnessing-alarms.ts";

export interface HealthSources {
  readonly services: Pick<
    GatewayServices,
    "clients" | "self" | "timestampMaxLag" | "trust" | "clock" | "judge"
  >;
  readonly purpose: InstancePurpose;
  readonly configuration: ConfigurationClient;
  /** Peers that use another configuration of the same version. */
  readonly forks: readonly string[];
  /** Exchanges that an earlier run left open and that cannot be closed yet. */
  readonly leftOpen: number;
  /** Hours in which this log and another server's do not agree. */
  readonly reconciled: readonly ReconciliationResult[];
  readonly log: DurableMessageLog;
  readonly seals: ReadonlyMap<string, MemberSeal>;
  /** Through which calls are let in. */
  readonly gates: Gates;
  readonly serviceStates: readonly ServiceState[];
  /** Why rows of operational monitoring are not kept, if so. */
  readonly monitoringFailure: string | undefined;
  readonly alarmBook: AlarmBook;
  trustServices(): TrustServicesHealth;
  /** How this server's clock compares with others'. */
  readonly clocks: Pick<ClockWatch, "figures">;
  /** Of what a discontinuity of the log lost. */
  recoveryAlarms(): Alarm[];
  /** Of erasures and legal holds. */
  retentionAlarms(): Alarm[];
  /** Of the catalogue, and of agreements that it does not let this server keep. @throws SealwayError `configuration_expired` */
  catalogueAlarms(): Alarm[];
  /** Of the log's checkpoints. @throws SealwayError `configuration_expired` */
  witnessing(): WitnessingHealth;
}

/** Alarms with which no exchange is taken. */
const blocking: ReadonlySet<string> = new Set([
  "configuration_expired",
  "draining",
  "log_unavailable",
  "timestamping_overdue",
]);

/** Peers whose clocks are told, milliseconds: they set them themselves. */
const farApart = 5_000;

/** The state of the gateway in a few figures, and what an operator should look into. */
export function gatewayHealth(sources: HealthSources): Health {
  const { services } = sources;
  const configuration = sources.configuration.status();
  const { store, sealing } = sources.log.health();
  const trustServices = sources.trustServices();
  const clock = sources.clocks.figures();
  const alarms: Alarm[] = [
    ...configurationAlarms(configuration, services.clock.now()),
    ...storeAlarms(store),
    ...drainingAlarms(sources.gates),
    ...hostingAlarms(services.clients.values(), sources.purpose),
    ...deviceAlarms(),
    ...sources.forks.map(forkAlarm),
    ...leftOpenAlarms(sources.leftOpen),
    ...sources.retentionAlarms(),
    ...sources.recoveryAlarms(),
    ...monitoringAlarms(sources.monitoringFailure),
    ...sources.serviceStates.flatMap(serviceAlarms),
    ...trustServiceAlarms(trustServices, services.clock.now()),
    ...clockAlarms(clock),
    ...reconciliationAlarms(sources.reconciled),
    ...(configuration.state === "expired" ? [] : alarmsByConfiguration(sources, sealing)),
  ];
  const isUnable = alarms.some(({ code }) => blocking.has(code));
  return {
    status: isUnable ? "unable" : alarms.length > 0 ? "degraded" : "ok",
    server: services.self,
    demonstration: sources.purpose === "demonstration",
    alarms: sources.alarmBook.note(alarms, services.clock.now()),
    services: sources.serviceStates,
    configurationVersion: configuration.version ?? null,
    timestampLagMs: sealing.lag,
    trustServices,
    seals: [...sources.seals.values()].map(sealFigures),
    checkpoint: configuration.state === "expired" ? null : checkpointFigures(sources.witnessing()),
    clock: { ...clock, peers: clock.peers.filter(({ offset }) => Math.abs(offset) >= farApart) },
    exchangesRunning: sources.gates.consumer.running + sources.gates.provider.running,
  };
}

/** With which kind of seal a member seals now, by the word of its CA. */
function sealFigures({ member, signer: { certificate } }: MemberSeal) {
  const { fingerprint, notAfter } = certificate;
  return { member, class: sealClassOf(certificate), certificate: fingerprint, expires: notAfter };
}

/** How far witnesses have cosigned the log, in batches. */
function checkpointFigures({ size, cosignedSize, cosignedAgeMs, failures }: WitnessingHealth) {
  return { size, cosignedSize, cosignedAgeMs, unwilling: [...failures.keys()] };
}

/** What can be judged by a configuration in force only. */
function alarmsByConfiguration(
  { services, seals, witnessing, catalogueAlarms }: HealthSources,
  sealing: SealingState,
): Alarm[] {
  return [
    ...sealingAlarms(sealing, services.timestampMaxLag()),
    ...[...seals.values()].flatMap((seal) => sealAlarms(services, seal)),
    ...witnessingAlarms(witnessing()),
    ...catalogueAlarms(),
  ];
}

function configurationAlarms(
  { state, problems, freshAt }: ReturnType<ConfigurationClient["status"]>,
  now: number,
): Alarm[] {
  if (state === "fresh") return [];
  const expired = state === "expired";
  const stopped = !expired && !isFreshForSensitive(freshAt, now);
  return [
    ...(stopped ? [staleAlarm] : []),
    {
      code: expired ? "configuration_expired" : "configuration_not_fresh",
      severity: expired ? "critical" : "warning",
      detail: problems.map(({ kind, source, detail }) => `${kind}: ${source}: ${detail}`).join("; "),
      remedy: "Restore the connection to the governing authority or one of its mirrors.",
    },
  ];
}

const staleAlarm: Alarm = {
  code: "configuration_stale",
  severity: "critical",
  detail:
    "services that are marked as sensitive have stopped: nothing says for four hours that it is the newest",
  remedy: "Restore the connection to the governing authority or one of its mirrors.",
};

/** Whatever stands before the nodes of a cluster sends its calls to another one. */
function drainingAlarms({ consumer }: Gates): Alarm[] {
  if (!consumer.isDraining) return [];
  const detail = "the server is stopping: what runs is ended, nothing new is taken";
  return [{ code: "draining", severity: "warning", detail, remedy: "Send calls to another node." }];
}

function forkAlarm(peer: string): Alarm {
  const detail = `${peer} uses another global configuration of the same version`;
  const remedy = "Compare both with the governing authority: one of them, or its keys, is not to be trusted.";
  return { code: "configuration_fork", severity: "warning", about: peer, detail, remedy };
}

function leftOpenAlarms(count: number): Alarm[] {
  if (count === 0) return [];
  const detail = `${count} exchanges that a restart interrupted have no end in the log yet`;
  const remedy = "Look at the seal certificates and the OCSP responders of their CAs: each end is signed.";
  return [{ code: "exchanges_left_open", severity: "warning", detail, remedy }];
}

function monitoringAlarms(failure: string | undefined): Alarm[] {
  if (failure === undefined) return [];
  const detail = `rows of operational monitoring are dropped: ${failure}`;
  const remedy = "Look at disk space and permissions of the state directory; exchanges go on meanwhile.";
  return [{ code: "monitoring_not_kept", severity: "warning", detail, remedy }];
}

function serviceAlarms({ service, state, lastFailureCode }: ServiceState): Alarm[] {
  if (state !== "out") return [];
  const detail = `${service} could not be reached several times in a row (${lastFailureCode ?? "no call yet"})`;
  const remedy = "Look at the information system behind the service and at its target in the configuration.";
  return [{ code: "service_out", severity: "warning", about: service, detail, remedy }];
}

function storeAlarms(store: ReturnType<DurableMessageLog["health"]>["store"]): Alarm[] {
  if (store.state === "ok") return [];
  const remedy = "Look at disk space, permissions and the disk itself; nothing is forwarded meanwhile.";
  return [{ code: "log_unavailable", severity: "critical", detail: store.reason, remedy }];
}

type SealingState = ReturnType<DurableMessageLog["health"]>["sealing"];

function sealingAlarms(sealing: SealingState, maxLag: number): Alarm[] {
  if (sealing.state === "ok") return [];
  const isRefusing = sealing.lag > maxLag;
  const isRed = isRefusing || sealing.state === "overdue";
  return [
    {
      code: isRefusing ? "timestamping_overdue" : "timestamping_late",
      severity: isRed ? "critical" : "warning",
      detail: `the oldest message has waited ${Math.round(sealing.lag / 60_000)} minutes: ${sealing.failure?.reason ?? "no reason known"}`,
      remedy: "Restore the connection to a time-stamping authority.",
    },
  ];
}

function sealAlarms(services: HealthSources["services"], seal: MemberSeal): Alarm[] {
  try {
    checkSeal(services, services.trust(), seal);
    return [];
  } catch (error) {
    const detail = `${seal.member}: ${(error as Error).message}`;
    const remedy = "Check the certificate and the OCSP responder of its CA.";
    return [{ code: "signer_unavailable", severity: "warning", about: seal.member, detail, remedy }];
  }
}
