import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { ForkWatch } from "./assembly/fork-watch.ts";
import { gatewayHealth } from "./assembly/health.ts";
import { loadAgreements, loadClients, loadServices, loadTls } from "./assembly/load-parts.ts";
import { loadServiceClient } from "./assembly/load-service-client.ts";
import { openMemberSeals } from "./assembly/member-seals.ts";
import { type Doors, openDoors } from "./assembly/open-doors.ts";
import { openLog } from "./assembly/open-log.ts";
import { loadOrCreateMasterKey, readPassphrase } from "./assembly/secrets.ts";
import type { ServerConfiguration } from "./assembly/server-configuration.ts";
import { TrustInUse } from "./assembly/trust-in-use.ts";
import type { Clock } from "./core/clock.ts";
import { SealwayError } from "./core/errors.ts";
import { memberOf } from "./core/ids.ts";
import { AnswerCache } from "./exchange/answer-cache.ts";
import { closeInterrupted } from "./exchange/close-interrupted.ts";
import { ContextKeeper } from "./exchange/context-keeper.ts";
import type { GatewayServices, StepObserver } from "./exchange/gateway-services.ts";
import { PooledPeerClient } from "./exchange/pooled-peer-client.ts";
import { ExchangeLog } from "./http/exchange-log.ts";
import type { Health } from "./http/health-interface.ts";
import { CachedCertificateJudge } from "./message/certificate-judge.ts";
import { afterTimeout, OcspStapler } from "./pki/ocsp-stapler.ts";
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
  /** Takes no new exchange, lets those that run end, seals, closes. */
  close(): Promise<void>;
}

/**
 * Starts a security server: trust first, then keys and log, then what an earlier run left open is closed, and only then
 * the doors open.
 * @throws SealwayError, ConfigurationError, DocumentError naming what is missing
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { configuration, clock, logger, purpose } = options;
  await mkdir(configuration.stateDirectory, { recursive: true, mode: 0o700 });
  const parts = await openParts(options);
  const services = await servicesOf(options, parts);
  await prepare(services, logger);
  const { client, forkWatch, log, passphrase, peers, seals, serviceClient, stapler } = parts;
  const health = (running: number) =>
    gatewayHealth({
      services,
      purpose,
      configuration: client,
      forks: forkWatch.forks(),
      log,
      seals,
      running,
    });
  const exchangeLog = new ExchangeLog(logger, clock);
  const doors = await openDoors({ configuration, services, log: exchangeLog, passphrase, health });
  const close = async () => {
    await doors.close();
    stapler.close();
    await Promise.all([peers.close(), serviceClient.close(), client.close()]);
    await log.close();
  };
  return { ports: doors.ports, health: () => health(doors.running()), sealNow: () => log.sealNow(), close };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

/** Opens what has files, threads and connections, in the order in which one needs the other. */
async function openParts(options: GatewayOptions) {
  const { configuration, clock, logger } = options;
  const { stateDirectory } = configuration;
  const client = await startTrust(options);
  const trust = new TrustInUse(client, logger);
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const masterKey = await loadOrCreateMasterKey(join(stateDirectory, "master.key"));
  const maxAgeMs = trust.index().content.parameters.ocspFreshness;
  const stapler = new OcspStapler({ clock, maxAgeMs, timeoutMs: 5_000, after: afterTimeout });
  const seals = await openMemberSeals(configuration.members, passphrase, masterKey, stapler, trust.index());
  const log = await openLog({ stateDirectory, masterKey, clock, trust });
  const peers = await openPeers(configuration, passphrase, clock, client);
  const serviceClient = await loadServiceClient(configuration, passphrase, clock);
  const forkWatch = new ForkWatch(client, logger);
  return { client, trust, forkWatch, passphrase, stapler, seals, log, peers, serviceClient };
}

async function servicesOf(options: GatewayOptions, parts: Parts): Promise<GatewayServices> {
  const { configuration, clock, observer } = options;
  const { client, forkWatch, log, peers, seals, serviceClient, trust } = parts;
  const parameters = () => trust.snapshot().configuration.parameters;
  return {
    clock,
    self: configuration.server,
    owner: memberOf(configuration.server),
    trust: () => trust.snapshot(),
    pollTrust: () => void client.pollSoon(),
    notePeerConfiguration: (peer, named) => forkWatch.note(peer, named),
    agreements: await loadAgreements(configuration.agreementsDirectory),
    clients: await loadClients(configuration),
    services: loadServices(configuration, clock),
    seals,
    judge: new CachedCertificateJudge(() => parameters().ocspFreshness),
    log,
    context: new ContextKeeper(log),
    timestampMaxLag: () => parameters().timestampMaxLag,
    peers,
    serviceClient,
    answers: new AnswerCache(clock),
    spoolDirectory: join(configuration.stateDirectory, "spool"),
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

async function openPeers(
  { peerInterface }: ServerConfiguration,
  passphrase: string,
  clock: Clock,
  client: ConfigurationClient,
): Promise<PooledPeerClient> {
  const { key, cert } = await loadTls(peerInterface, passphrase);
  const peers = new PooledPeerClient({ identity: { key, certificate: cert }, clock, random: Math.random });
  peers.update(client.current().content.servers);
  client.subscribe((event) => {
    if (event.kind === "version") peers.update(event.configuration.servers);
  });
  return peers;
}

/** What must be in order before the first exchange. */
async function prepare(services: GatewayServices, logger: Logger): Promise<void> {
  if (!services.seals.has(services.owner)) {
    throw new SealwayError(
      "signer_unavailable",
      `members lacks the server's owner ${services.owner}, who signs for the server`,
    );
  }
  await mkdir(services.spoolDirectory, { recursive: true, mode: 0o700 });
  const interrupted = await closeInterrupted(services);
  if (interrupted > 0) logger.warn({ interrupted }, "closed the exchanges that a restart interrupted");
}
