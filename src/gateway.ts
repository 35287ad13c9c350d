import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { AgreementWatch } from "./assembly/agreement-watch.ts";
import { AlarmBook } from "./assembly/alarm-book.ts";
import { addBuiltIns, type PlainServices } from "./assembly/built-ins.ts";
import { catalogueAlarms } from "./assembly/catalogue-alarms.ts";
import { clearSpool } from "./assembly/clear-spool.ts";
import { ForkWatch } from "./assembly/fork-watch.ts";
import { gatewayHealth } from "./assembly/health.ts";
import { InterruptedExchanges } from "./assembly/interrupted-exchanges.ts";
import { joinCluster } from "./assembly/join-cluster.ts";
import { openClocks } from "./assembly/keep-clock.ts";
import { KeyRing } from "./assembly/keys/key-ring.ts";
import { loadClients, openAgreements } from "./assembly/load-parts.ts";
import { loadServiceClient } from "./assembly/load-service-client.ts";
import { openMemberSeals } from "./assembly/member-seals.ts";
import { readMetrics } from "./assembly/metric-readings.ts";
import { Monitoring } from "./assembly/monitoring.ts";
import { type Close, type Doors, gatesOf, openDoors, sharesOf } from "./assembly/open-doors.ts";
import { openLog, openLogDesk } from "./assembly/open-log.ts";
import { openOffices } from "./assembly/open-offices.ts";
import { openPeers } from "./assembly/open-peers.ts";
import { openRestrictions } from "./assembly/open-restrictions.ts";
import { openRetention } from "./assembly/open-retention.ts";
import { openWitnessing } from "./assembly/open-witnessing.ts";
import { openPermissions } from "./assembly/permission-parts.ts";
import { QuotaDesk } from "./assembly/quota-desk.ts";
import { Recovery } from "./assembly/recovery.ts";
import { loadOrCreateMasterKeys, readPassphrase } from "./assembly/secrets.ts";
import type { ServerConfiguration } from "./assembly/server-configuration.ts";
import { ServiceTargets } from "./assembly/service-targets.ts";
import { startRenewal } from "./assembly/start-renewal.ts";
import { startSearch } from "./assembly/start-search.ts";
import { TrustInUse } from "./assembly/trust-in-use.ts";
import { trustServicesHealth } from "./assembly/trust-services-health.ts";
import { watchAlarms } from "./assembly/watch-alarms.ts";
import type { Clock } from "./core/clock.ts";
import { SealwayError } from "./core/errors.ts";
import { memberOf } from "./core/ids.ts";
import { AnswerCache } from "./exchange/answer-cache.ts";
import { ContextKeeper } from "./exchange/context-keeper.ts";
import { EmergencyBook } from "./exchange/emergencies/emergency-book.ts";
import type { GatewayServices, StepObserver } from "./exchange/gateway-services.ts";
import { RetentionTable } from "./exchange/retention-table.ts";
import { ExchangeLog } from "./http/exchange-log.ts";
import type { Health } from "./http/health-interface.ts";
import { CachedCertificateJudge } from "./message/certificate-judge.ts";
import { afterTimeout, OcspStapler } from "./pki/ocsp-stapler.ts";
import { TimestampStanding } from "./pki/timestamp-standing.ts";
import { checkAnchorPurpose, loadAnchor } from "./trust/anchor.ts";
import { ConfigurationClient } from "./trust/configuration-client.ts";
import type { InstancePurpose } from "./trust/global-configuration.ts";

export interface GatewayOptions {
  readonly configuration: ServerConfiguration;
  /** What the process is run for; an anchor for the other purpose is refused. */
  readonly purpose: InstancePurpose;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: StepObserver;
}

/** A running security server. */
export interface Gateway {
  readonly ports: Doors["ports"];
  health(): Health;
  /** Seals what is pending at once. Resolves to whether everything recorded before is time-stamped. */
  sealNow(): Promise<boolean>;
  /** Compares the log with those of other servers at once, as far as hours have ended. */
  reconcileNow(): Promise<void>;
  /** Takes no new exchange, lets those that run end, seals, closes. */
  close(): Promise<void>;
}

/**
 * Starts a security server: trust first, then keys and log, then what an earlier run left open is closed, and only then
 * the doors open. What was opened is closed again when the start fails.
 * @throws SealwayError, ConfigurationError, DocumentError naming what is missing
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const opened: Close[] = [];
  const close = () => closeAll(opened.splice(0).reverse());
  try {
    await mkdir(options.configuration.stateDirectory, { recursive: true, mode: 0o700 });
    const { doors, health, log, reconciliation } = await open(options, opened);
    return {
      ports: doors.ports,
      health,
      sealNow: () => log.sealNow(),
      reconcileNow: () => reconciliation.roundNow(),
      close,
    };
  } catch (error) {
    await close().catch((err) =>
      options.logger.error({ err }, "the start failed, and so did its clearing up"),
    );
    throw error;
  }
}

/** Closes everything, whatever of it cannot be closed. @throws the first error */
async function closeAll(opened: readonly Close[]): Promise<void> {
  const errors: unknown[] = [];
  for (const end of opened) {
    try {
      await end();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/** @param opened takes what ends each part, in the order in which they were opened */
async function open(options: GatewayOptions, opened: Close[]) {
  const { configuration, clock, logger, purpose } = options;
  const parts = await openParts(options, opened);
  const plain = await servicesOf(options, parts);
  opened.push(() => plain.quotaWatch.close());
  const { services, reconciliation, agreements, casework } = addBuiltIns(plain, parts.desk, logger, {
    configuration,
    log: parts.log,
  });
  const agreementOffice = await agreements.start(configuration.agreementsDirectory);
  opened.push(() => agreements.stop());
  const interrupted = await prepare(services, logger, parts.log);
  opened.push(() => interrupted.stop());
  await reconciliation.start();
  opened.push(() => reconciliation.stop());
  const { records } = parts.witnessing;
  const recovery = await Recovery.start({ configuration, services, desk: parts.desk, records, logger });
  opened.push(() => recovery.stop());
  opened.push(startSearch(services, configuration, logger));
  const { client, clocks, forkWatch, keys, log, monitoring, passphrase, seals, standing, stapler, trust } =
    parts;
  const offices = await openOffices({
    ...parts,
    ...{ configuration, services, agreements: agreementOffice, quotas: plain.quotaWatch, casework },
  });
  opened.push(() => offices.emergencies.close());
  const retaining = { configuration, log, seals, trust, clock, logger, offices, casework, opened };
  const retention = await openRetention(retaining);
  const gates = gatesOf(configuration);
  const renewal = startRenewal({ configuration, log, context: services.context, trust, standing, clock });
  opened.push(() => renewal.close());
  const watched = { trust, stapler, standing, seals, keys, renewal, log };
  const [alarmBook, agreementWatch] = [new AlarmBook(), new AgreementWatch(logger, agreements)];
  const health = () =>
    gatewayHealth({
      ...{ services, purpose, configuration: client, log, gates, seals, alarmBook, clocks },
      forks: forkWatch.forks(),
      leftOpen: interrupted.left,
      reconciled: reconciliation.findings(),
      serviceStates: monitoring.serviceStates(services.services),
      monitoringFailure: monitoring.journal.failure,
      trustServices: () => trustServicesHealth(watched),
      retentionAlarms: () => retention.alarms(),
      recoveryAlarms: () => recovery.alarms(),
      witnessing: () => parts.witnessing.health(),
      catalogueAlarms: () => catalogueAlarms(services, trust.published, agreementWatch, plain.quotaWatch),
    });
  opened.push(watchAlarms(health, logger));
  readMetrics(monitoring.registry, {
    ...{ clock, services, configuration: client, log, peers: parts.peers, journal: monitoring.journal },
    ...{ clocks, forks: () => forkWatch.forks(), gates, health, leftOpen: () => interrupted.left, keys },
  });
  const doors = await openDoors({
    ...{ configuration, services, passphrase, keys, gates, health, opened, witness: parts.respond },
    ...{ log: new ExchangeLog(logger, clock), metrics: monitoring.registry },
    monitoring: monitoring.interfaceFor(services, configuration),
  });
  return { doors, health, log, reconciliation };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

/** Opens what has files, threads and connections, in the order in which one needs the other. */
async function openParts(options: GatewayOptions, opened: Close[]) {
  const { configuration, clock, logger } = options;
  const client = await startTrust(options);
  opened.push(() => client.close());
  const trust = await TrustInUse.open(client, configuration.stateDirectory, logger);
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const masterKeys = await loadOrCreateMasterKeys(configuration.masterKeyFile);
  opened.push(await joinCluster(configuration, passphrase, clock.now()));
  const maxAgeMs = trust.index().content.parameters.ocspFreshness;
  const stapler = new OcspStapler({
    clock,
    maxAgeMs,
    timeoutMs: 5_000,
    after: afterTimeout,
    random: Math.random,
  });
  opened.push(() => stapler.close());
  const seals = await openMemberSeals(configuration.members, passphrase, stapler, trust.index());
  const judge = new CachedCertificateJudge(() => trust.snapshot().configuration.parameters.ocspFreshness);
  const held = { configuration, passphrase, clock, logger, client, trust, stapler, judge, seals };
  const keys = await KeyRing.open(held);
  opened.push(() => keys.close());
  const monitoring = await Monitoring.open(configuration, clock, logger);
  opened.push(() => monitoring.close());
  const { committed } = monitoring;
  const { witnessing, respond } = await openWitnessing({ ...held, keys });
  opened.push(() => witnessing.close());
  const sealed = () => {
    monitoring.sealed();
    witnessing.sealed();
  };
  const standing = new TimestampStanding(clock, Math.random);
  const { heard, watch: clocks } = openClocks({ clock, logger, trust, opened });
  const log = await openLog({ configuration, masterKeys, clock, trust, standing, heard, committed, sealed });
  opened.push(() => log.close());
  await witnessing.logOpened(log);
  const desk = openLogDesk(configuration, masterKeys);
  opened.push(() => desk.close());
  const peers = openPeers(keys, clock, client);
  opened.push(() => peers.close());
  const serviceClient = await loadServiceClient(configuration, passphrase, clock);
  opened.push(() => serviceClient.close());
  const targets = await ServiceTargets.open(configuration, serviceClient.policy, clock);
  const forkWatch = new ForkWatch(client, logger, clock);
  const restrictions = await openRestrictions({ configuration, clock, log, judge, trust });
  opened.push(() => restrictions.close());
  const permissions = await openPermissions({ configuration, log, seals, clock, trust, opened });
  const logs = { monitoring, witnessing, respond, log, desk, judge, restrictions, permissions };
  const calls = { clocks, peers, serviceClient, targets };
  return { client, trust, stapler, standing, forkWatch, passphrase, seals, keys, ...logs, ...calls };
}

/** Its quota desk takes orders, and raises alarms. */
type OwnServices = PlainServices & { readonly quotaWatch: QuotaDesk };

async function servicesOf(options: GatewayOptions, parts: Parts): Promise<OwnServices> {
  const { configuration, clock, logger, observer } = options;
  const { client, clocks, forkWatch, log, peers, seals, serviceClient, trust } = parts;
  const parameters = () => trust.snapshot().configuration.parameters;
  const held = await openAgreements(configuration.agreementsDirectory);
  return {
    clock,
    self: configuration.server,
    owner: memberOf(configuration.server),
    trust: () => trust.snapshot(),
    configurationFreshAt: () => client.freshAt,
    pollTrust: () => void client.pollSoon(),
    noteClock: (peer, iat) => clocks.heardPeer(peer, iat * 1000),
    notePeerConfiguration: (peer, named) => forkWatch.note(peer, named),
    ...held,
    clients: await loadClients(configuration),
    services: parts.targets.settings,
    shares: sharesOf(configuration, configuration.limits.providerExchanges),
    seals,
    judge: parts.judge,
    restrictions: parts.restrictions,
    ...parts.permissions,
    log,
    context: new ContextKeeper(log),
    retention: new RetentionTable(configuration.retention.rules, configuration.retention),
    timestampMaxLag: () => parameters().timestampMaxLag,
    peers,
    serviceClient,
    answers: new AnswerCache(clock),
    spoolDirectory: join(configuration.stateDirectory, "spool"),
    monitor: parts.monitoring,
    quotaWatch: await QuotaDesk.open({ configuration, clock, logger, log, trust, ...held }),
    emergencies: new EmergencyBook(log),
    observer,
  };
}

async function startTrust({
  configuration,
  purpose,
  clock,
  logger,
}: GatewayOptions): Promise<ConfigurationClient> {
  const anchor = await loadAnchor(configuration.anchor);
  checkAnchorPurpose(anchor, purpose);
  const directory = join(configuration.stateDirectory, "trust");
  const { mirrors } = configuration;
  return ConfigurationClient.start({ anchor, mirrors, directory, clock, log: logger });
}

/** What must be in order before the first exchange. */
async function prepare(
  services: GatewayServices,
  logger: Logger,
  { nodes }: Parts["log"],
): Promise<InterruptedExchanges> {
  if (!services.seals.has(services.owner)) {
    throw new SealwayError(
      "signer_unavailable",
      `members lacks the server's owner ${services.owner}, who signs for the server`,
    );
  }
  await clearSpool(services.spoolDirectory);
  return InterruptedExchanges.close(services, logger, nodes);
}
