import { once } from "node:events";
import type { Server } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { AdmissionGate } from "../core/admission-gate.ts";
import { MemberShares } from "../core/member-shares.ts";
import { AgreementRegister } from "../exchange/agreement-register.ts";
import { CatalogueFace } from "../exchange/catalogue/catalogue-face.ts";
import { DecisionFace } from "../exchange/decision-face.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { VerificationFace } from "../exchange/verification-face.ts";
import { closeGuarded, connectionLimits, guardConnections } from "../http/connection-guard.ts";
import { createConsumerInterface } from "../http/consumer-interface.ts";
import type { ExchangeLog } from "../http/exchange-log.ts";
import { createHealthInterface, type HealthSources } from "../http/health-interface.ts";
import type { MonitoringInterface } from "../http/monitoring-interface.ts";
import { createPeerInterface } from "../http/peer-interface.ts";
import type { RespondAsWitness } from "../http/witness-interface.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import { loadTls, ownHttps } from "./load-parts.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** What ends something that was opened. */
export type Close = () => unknown;

/** What lets exchanges in, by this server's part in them. */
export interface Gates {
  readonly consumer: AdmissionGate;
  readonly provider: AdmissionGate;
}

export function gatesOf({ limits: { consumerExchanges, providerExchanges } }: ServerConfiguration): Gates {
  return { consumer: new AdmissionGate(consumerExchanges), provider: new AdmissionGate(providerExchanges) };
}

/** The share of each member in an interface that takes so many exchanges: what the server's owner gives it. */
export function sharesOf({ members }: Pick<ServerConfiguration, "members">, most: number): MemberShares {
  const usual = members.length > 1 ? Math.ceil(most * usualShare) : most;
  const given = new Map(members.map(({ id, exchanges }) => [id, exchanges]));
  return new MemberShares((member) => given.get(member) ?? usual);
}

/** The interfaces of a gateway, listening. */
export interface Doors {
  /** Ports as bound; null for an interface that is not there. */
  readonly ports: {
    readonly http: number | null;
    readonly https: number | null;
    readonly peer: number;
    readonly health: number;
  };
}

export interface DoorOptions {
  readonly configuration: ServerConfiguration;
  readonly services: GatewayServices;
  readonly log: ExchangeLog;
  readonly passphrase: string;
  readonly keys: Pick<KeyRing, "tls" | "onTls">;
  readonly monitoring: MonitoringInterface;
  readonly metrics: HealthSources["metrics"];
  readonly gates: Gates;
  readonly witness: RespondAsWitness;
  readonly health: HealthSources["health"];
  /** Takes what closes each door; what is taken last refuses new exchanges and waits for those that run. */
  readonly opened: Close[];
}

/** What a hosted member may fill of an interface unless told: it leaves room for the others. */
const usualShare = 3 / 4;

/** How long running exchanges may take to end before their connections are broken off, milliseconds. */
const drainFor = 30_000;

/** Opens the interfaces. @throws Error of the system when a port is taken */
export async function openDoors({
  configuration,
  services,
  log,
  passphrase,
  keys,
  monitoring,
  metrics,
  gates,
  witness,
  health,
  opened,
}: DoorOptions): Promise<Doors> {
  const { consumerInterface, peerInterface, healthInterface, errors } = configuration;
  const isDemonstration = services.trust().configuration.parameters.purpose === "demonstration";
  const marks = isDemonstration ? ["Sealway-Demonstration", "true"] : [];
  const common = { services, log, connections: connectionLimits };
  const catalogue = new CatalogueFace(services);
  const agreements = new AgreementRegister(services);
  const own = {
    monitoring,
    catalogue,
    agreements,
    decisions: new DecisionFace(),
    verification: new VerificationFace(),
  };
  const shares = sharesOf(configuration, configuration.limits.consumerExchanges);
  const consumerOptions = { ...common, ...own, gate: gates.consumer, shares, dialect: errors, marks };
  const listen = async (server: Server, host: string, port: number) => {
    await once(server.listen(port, host), "listening");
    opened.push(() => closeGuarded(server, connectionLimits.lingerFor));
    return (server.address() as AddressInfo).port;
  };
  const { host, httpPort, httpsPort } = consumerInterface;
  const https = async (port: number) => {
    const own = ownHttps(configuration);
    const tls = own === undefined ? keys.tls : await loadTls(own, passphrase);
    const server = createConsumerInterface({ ...consumerOptions, tls });
    if (own === undefined) showWhatIsUsed(server, keys, "TLSv1.2");
    return listen(server, host, port);
  };
  const peerServer = createPeerInterface({ ...common, gate: gates.provider, tls: keys.tls, witness });
  showWhatIsUsed(peerServer, keys, "TLSv1.3");
  const app = createHealthInterface({ health, metrics });
  guardConnections(app.server, connectionLimits, (error) => log.failed(error));
  opened.push(() => app.close());
  await app.listen({ host: healthInterface.host, port: healthInterface.port });
  const ports = {
    health: (app.server.address() as AddressInfo).port,
    peer: await listen(peerServer, peerInterface.host, peerInterface.port),
    https: httpsPort === null ? null : await https(httpsPort),
    http:
      httpPort === null
        ? null
        : await listen(createConsumerInterface({ ...consumerOptions, tls: null }), host, httpPort),
  };
  opened.push(() => within(drainFor, Promise.all([gates.consumer.drain(), gates.provider.drain()])));
  return { ports };
}

/** Connections that are open go on with what they were shown. */
function showWhatIsUsed(
  server: Server,
  keys: Pick<KeyRing, "onTls">,
  minVersion: "TLSv1.2" | "TLSv1.3",
): void {
  keys.onTls(({ key, cert }) => (server as HttpsServer).setSecureContext({ key, cert, minVersion }));
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
