import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import type { AdminServices, ProviderSignIn } from "../admin/admin-services.ts";
import { AdministrationBook } from "../admin/administration/book.ts";
import { isAdministered } from "../admin/administration/state.ts";
import { apiRoot, createApiServer } from "../admin/api/api-server.ts";
import { AttemptLimit } from "../admin/sign-in/attempt-limit.ts";
import type { AdminSession } from "../admin/sign-in/caller.ts";
import { FirstCode } from "../admin/sign-in/first-code.ts";
import { addPages } from "../console/console-pages.ts";
import { loadLanguages } from "../console/load-languages.ts";
import type { Json } from "../core/canonical-json.ts";
import type { Clock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-file.ts";
import { memberOf } from "../core/ids.ts";
import { InTurnByName } from "../core/in-turn-by-name.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { ErrandSeal } from "../web/errand-seal.ts";
import { ExpiringMap } from "../web/expiring-map.ts";
import { readSecretFile } from "../web/secret-file.ts";
import { ProviderClient } from "../web/sign-in/provider-client.ts";
import { errandFor, type PendingSignIn, SignInDesk, signedInPath } from "../web/sign-in/sign-in-desk.ts";
import { SignedAdministrationLog } from "./console/administration-log.ts";
import { agreementDesk } from "./console/agreement-desk.ts";
import { caseDesk } from "./console/case-desk.ts";
import { askingSide, catalogueDesk } from "./console/catalogue-desk.ts";
import {
  consoleSecretPath,
  loadOrCreateConsoleSecret,
  personDigest,
  subjectDigest,
} from "./console/console-secret.ts";
import { exchangeDesk } from "./console/exchange-desk.ts";
import { gatewayDesk } from "./console/gateway-desk.ts";
import { holdDesk } from "./console/hold-desk.ts";
import { keyDesk } from "./console/key-desk.ts";
import { observationDesk } from "./console/observation-desk.ts";
import { permissionDesk } from "./console/permission-desk.ts";
import { recordsDesk } from "./console/records-desk.ts";
import { registrationDesk } from "./console/registration-desk.ts";
import { restrictionDesk } from "./console/restriction-desk.ts";
import { TrafficTally } from "./console/traffic-desk.ts";
import { Turns } from "./console/turns.ts";
import { openReader } from "./log-store.ts";
import { readTrust } from "./read-trust.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** A management server that listens. */
export interface RunningConsole {
  readonly port: number;
  /** By which the first administrator is made, while nobody can administer the server. */
  readonly firstCode: string | undefined;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  readonly configuration: ServerConfiguration;
  readonly clock: Clock;
  readonly logger: Logger;
}

const minute = 60_000;
const mostSessions = 10_000;
/** Failed sign-ins in ten minutes, of an address and with an API key. */
const mostFailures = { ofAddress: 20, ofKey: 10 };
const forgottenEvery = 60_000;

/**
 * Starts the management server beside a security server, by the same configuration file. Nothing of an exchange passes it.
 * @throws ConfigurationError without `management`; errors of the store when there is no log; Error `EADDRINUSE`
 */
export async function openConsole({ configuration, clock, logger }: ConsoleOptions): Promise<RunningConsole> {
  const management = managementOf(configuration);
  const reader = openReader(configuration);
  const { code, first } = FirstCode.make(clock);
  const services = await servicesOf({ configuration, clock, logger }, reader, first);
  const certificate = {
    cert: await readFile(management.certificate),
    key: await readSecretFile(management.key, "management.key"),
  };
  const app = createApiServer(services, certificate);
  if (management.pages)
    addPages(app, {
      ...{ admin: services, languages: await loadLanguages(management.languages) },
      isDemonstration: (await loadAnchor(configuration.anchor)).purpose === "demonstration",
    });
  await app.listen({ host: management.host, port: management.port });
  const forgetting = setInterval(() => {
    services.sessions.forgetEnded();
    services.traffic
      .look()
      .catch((error: Error) => logger.warn({ failure: error.name }, "no traffic to read"));
  }, forgottenEvery);
  const signIn = services.provider === undefined ? "keys" : "provider";
  const isHeld = isAdministered(await services.book.state(), clock.now(), signIn);
  return {
    port: (app.server.address() as AddressInfo).port,
    firstCode: isHeld ? undefined : code,
    async close() {
      clearInterval(forgetting);
      await app.close();
      reader.close();
    },
  };
}

type Management = NonNullable<ServerConfiguration["management"]>;

function managementOf({ management }: ServerConfiguration): Management {
  if (management !== undefined) return management;
  const remedy = "Say where the management server is, and by which certificate; the README lists the keys.";
  const fault = { place: "management", problem: "missing", remedy };
  throw new ConfigurationError("the configuration", [fault]);
}

async function servicesOf(
  { configuration, clock, logger }: ConsoleOptions,
  reader: ReturnType<typeof openReader>,
  first: FirstCode,
): Promise<AdminServices> {
  const { members, server, stateDirectory } = configuration;
  const management = managementOf(configuration);
  const { publicUrl, sessions, identityProvider } = management;
  const secret = await loadOrCreateConsoleSecret(consoleSecretPath(stateDirectory));
  const owner = memberOf(server);
  const trust = () => readTrust(configuration, clock);
  const log = new SignedAdministrationLog({ stateDirectory, reader, owner, clock, readTrust: trust });
  const turns = new Turns();
  const lifetimes = { idle: sessions.idleMinutes * minute, absolute: sessions.absoluteMinutes * minute };
  return {
    ...{ clock, log: logger, publicUrl, owner, first },
    members: members.map(({ id }) => id),
    book: new AdministrationBook(log, clock),
    sessions: new ExpiringMap<AdminSession>(lifetimes, mostSessions, clock),
    attempts: {
      ofAddress: new AttemptLimit(mostFailures.ofAddress, clock),
      ofKey: new AttemptLimit(mostFailures.ofKey, clock),
    },
    gateway: gatewayDesk(configuration),
    records: recordsDesk(
      configuration,
      ({ read, of }) => logger.info({ read, of }, "the index is built"),
      turns,
    ),
    exchanges: exchangeDesk(configuration, clock, turns),
    keys: keyDesk(configuration),
    traffic: new TrafficTally(join(stateDirectory, "monitoring"), clock),
    catalogue: catalogueDesk(configuration),
    agreements: agreementDesk(configuration, clock, turns),
    ...askingSide(configuration),
    permissions: permissionDesk(configuration),
    cases: caseDesk(configuration),
    holds: holdDesk(configuration),
    observations: observationDesk(configuration, clock),
    registration: registrationDesk(configuration, clock),
    restrictions: restrictionDesk(configuration),
    turns: new InTurnByName(),
    configuration: shownConfiguration(configuration),
    provider: await providerOf(management, secret, clock),
    home: management.pages ? "/" : `${apiRoot}/session`,
    personDigest: ({ scheme, value }) => personDigest(secret, scheme, value),
    subjectDigest: (subject) => subjectDigest(secret, identityProvider?.issuer ?? "", subject),
  };
}

async function providerOf(
  { publicUrl, identityProvider }: Management,
  secret: Buffer,
  clock: Clock,
): Promise<ProviderSignIn | undefined> {
  if (identityProvider === undefined) return undefined;
  const { acr, clientId, clientSecretFile, issuer } = identityProvider;
  const bytes = await readSecretFile(clientSecretFile, "management.identityProvider.clientSecretFile");
  const clientSecret = bytes.toString("utf8").split("\n")[0]!.trimEnd();
  const client = new ProviderClient({ issuer, clientId, clientSecret }, clock);
  return {
    desk: new SignInDesk(client, `${publicUrl}${signedInPath}`, acr, clock),
    errands: new ErrandSeal<PendingSignIn>(secret, publicUrl, errandFor, clock),
  };
}

/** Digests of bearer tokens are left out: who has one may try tokens on it. */
function shownConfiguration({ clients, ...rest }: ServerConfiguration): Json {
  const shown = clients.map(({ tokenDigests, ...client }) => ({ ...client, tokens: tokenDigests.length }));
  return JSON.parse(JSON.stringify({ ...rest, clients: shown })) as Json;
}
