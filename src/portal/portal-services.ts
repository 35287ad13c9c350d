import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { ErrandSeal } from "../web/errand-seal.ts";
import { ExpiringMap } from "../web/expiring-map.ts";
import type { ProviderClient } from "../web/sign-in/provider-client.ts";
import { errandFor, SignInDesk, signedInPath } from "../web/sign-in/sign-in-desk.ts";
import { PowerDesk } from "./acting/power-list.ts";
import { Directory } from "./gateways/directory.ts";
import type { GatewayClient } from "./gateways/gateway-client.ts";
import { PermissionDesk } from "./permissions/permission-desk.ts";
import type { PortalConfiguration } from "./portal-configuration.ts";
import { QuestionDesk } from "./questions/question-desk.ts";
import type { Errand, Session } from "./session.ts";

/** What the pages work with. */
export interface PortalServices {
  readonly publicUrl: string;
  readonly cookies: { readonly overHttps: boolean };
  readonly clock: Clock;
  readonly log: Logger;
  readonly gateways: GatewayClient;
  readonly directory: Directory;
  readonly permissions: PermissionDesk;
  readonly powers: PowerDesk;
  readonly questions: QuestionDesk;
  readonly provider: ProviderClient;
  readonly signIn: SignInDesk;
  readonly sessions: ExpiringMap<Session>;
  readonly errands: ErrandSeal<Errand>;
}

const mostSessions = 100_000;
const minute = 60_000;

/** Joins the parts of a portal. @param secret at least 32 bytes, which the processes of one portal share */
export function portalServices(
  { publicUrl, sessions, identityProvider, representation }: PortalConfiguration,
  secret: Buffer,
  gateways: GatewayClient,
  provider: ProviderClient,
  clock: Clock,
  log: Logger,
): PortalServices {
  const lifetimes = { idle: sessions.idleMinutes * minute, absolute: sessions.absoluteMinutes * minute };
  const directory = new Directory(gateways, clock);
  return {
    ...{ publicUrl, clock, log, gateways, provider, directory },
    cookies: { overHttps: publicUrl.startsWith("https:") },
    questions: new QuestionDesk(gateways),
    permissions: new PermissionDesk(gateways, directory, identityProvider.identifierScheme),
    powers: new PowerDesk(gateways, representation),
    signIn: new SignInDesk(provider, `${publicUrl}${signedInPath}`, identityProvider.acr, clock),
    sessions: new ExpiringMap(lifetimes, mostSessions, clock),
    errands: new ErrandSeal(secret, publicUrl, errandFor, clock),
  };
}
