import { readFile } from "node:fs/promises";
import type { JWK } from "jose";
import type { Clock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-file.ts";
import type { MemberId } from "../core/ids.ts";
import type { GatewayServices, MemberSeal } from "../exchange/gateway-services.ts";
import { PermissionBook } from "../exchange/permissions/permission-book.ts";
import type { PermissionSettings } from "../exchange/permissions/permission-settings.ts";
import type { PinnedProvider } from "../exchange/permissions/verify-sign-in.ts";
import { askPowers } from "../exchange/representation/ask-powers.ts";
import { PowerDesk } from "../exchange/representation/power-desk.ts";
import type { RepresentationSettings } from "../exchange/representation/representation-settings.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { PermissionStore } from "../policy/permissions/permission-store.ts";
import { openPostgresPermissionStore } from "../store/postgres/permission-store.ts";
import { openSqlitePermissionStore } from "../store/sqlite/permission-store.ts";
import { lapsedRequests } from "./lapsed-requests.ts";
import { type LogConfiguration, logDirectory } from "./log-store.ts";
import type { Close } from "./open-doors.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";

/** Where the message log is, there are the permissions. @throws SealwayError `log_unavailable` */
export function openPermissionStore({ postgresql, stateDirectory }: LogConfiguration): PermissionStore {
  if (postgresql !== undefined) return openPostgresPermissionStore(postgresql);
  return openSqlitePermissionStore(logDirectory(stateDirectory));
}

export interface PermissionParts {
  readonly configuration: ServerConfiguration;
  readonly log: DurableMessageLog;
  readonly seals: ReadonlyMap<MemberId, MemberSeal>;
  readonly clock: Clock;
  readonly trust: TrustInUse;
  /** Takes what ends it. */
  readonly opened: Close[];
}

/** What the exchange needs of permissions. The log is open. */
export async function openPermissions(parts: PermissionParts): Promise<{
  readonly permissions: PermissionBook;
  readonly permissionSettings: PermissionSettings;
  readonly powers: PowerDesk<GatewayServices>;
}> {
  const { configuration, log, seals, clock, trust } = parts;
  const instance = () => trust.snapshot().configuration.parameters.instance;
  const permissionSettings = await loadPermissionSettings(configuration);
  const store = openPermissionStore(configuration);
  parts.opened.push(() => store.close());
  const { vault } = log.content;
  const permissions = new PermissionBook({ store, vault, log, seals, clock, instance });
  const lapsed = lapsedRequests(permissions);
  lapsed.start();
  parts.opened.push(() => lapsed.stop());
  return {
    permissions,
    permissionSettings,
    powers: new PowerDesk(representationSettings(configuration), askPowers, clock),
  };
}

const minute = 60_000;

function representationSettings({
  representation: { sources, askAgainAfterMinutes },
}: ServerConfiguration): RepresentationSettings {
  return { sources, askAgainAfter: askAgainAfterMinutes * minute };
}

/** @throws ConfigurationError for keys that cannot be read */
async function loadPermissionSettings({
  permissions,
  portals,
}: ServerConfiguration): Promise<PermissionSettings> {
  const { identityProviders, portalUrl = null } = permissions;
  return {
    portals: new Map(portals.map(({ id, scheme }) => [id, scheme])),
    portalUrl,
    identityProviders: await Promise.all(identityProviders.map(readProvider)),
  };
}

type ConfiguredProvider = ServerConfiguration["permissions"]["identityProviders"][number];

async function readProvider({ keysFile, ...provider }: ConfiguredProvider): Promise<PinnedProvider> {
  try {
    const { keys } = JSON.parse(await readFile(keysFile, "utf8")) as { keys: JWK[] };
    if (!keys.every(isPublicKey)) throw new TypeError("a key of another kind");
    return { ...provider, keys };
  } catch {
    const problem = "it has no JWK set of public keys, each with a kid";
    const remedy = "Save what the provider publishes at its jwks_uri, after comparing it with the provider.";
    throw new ConfigurationError(keysFile, [{ place: "file", problem, remedy }]);
  }
}

/** A secret key would let whoever has this file sign; one without a name could be taken for another. */
function isPublicKey({ kid, kty, d, k }: JWK): boolean {
  return (
    typeof kid === "string" && ["EC", "RSA", "OKP"].includes(kty ?? "") && d === undefined && k === undefined
  );
}
