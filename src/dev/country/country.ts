import { join } from "node:path";
import { anchorPath } from "../../authority/authority-state.ts";
import { type ClientId, type MemberId, type ServerId, unsafeId } from "../../core/ids.ts";
import { membersOn, type ServerPlan, serverPlans } from "./members.ts";
import type { CountryPorts } from "./ports.ts";

/** A country in a directory: what lies where, and which ports it takes. */
export interface Country {
  readonly directory: string;
  readonly passphraseFile: string;
  /** What determines the people in the registers. */
  readonly seed: string;
  readonly ports: CountryPorts;
  readonly servers: readonly CountryServer[];
  readonly registryFile: string;
  readonly authorityDirectory: string;
  readonly anchorFile: string;
  /** CA, OCSP and TSA identities, as `loadTrustIdentities` reads them. */
  readonly trustDirectory: string;
  /** The identity provider's key. */
  readonly identityProviderDirectory: string;
  /** Configuration and client secret of the citizens' portal, at which people sign in. */
  readonly portalDirectory: string;
  readonly portalUrl: string;
  /** What its processes write, a file for each. */
  readonly logDirectory: string;
}

/** A security server of a country. */
export interface CountryServer {
  readonly name: string;
  readonly id: ServerId;
  readonly plan: ServerPlan;
  /** The members and subsystems that it serves. */
  readonly clients: readonly ClientId[];
  readonly directory: string;
  readonly configurationFile: string;
  readonly stateDirectory: string;
  readonly ports: CountryPorts["servers"][number];
}

/** Says where everything of a country lies; writes nothing. */
export function planCountry(directory: string, ports: CountryPorts, seed: string): Country {
  const authorityDirectory = join(directory, "authority");
  return {
    directory,
    ports,
    seed,
    authorityDirectory,
    passphraseFile: join(directory, "passphrase"),
    registryFile: join(directory, "registry.json"),
    anchorFile: anchorPath(authorityDirectory),
    trustDirectory: join(directory, "trust-services"),
    identityProviderDirectory: join(directory, "identity-provider"),
    portalDirectory: join(directory, "portal"),
    portalUrl: `http://127.0.0.1:${ports.citizens.portal}`,
    logDirectory: join(directory, "logs"),
    servers: serverPlans.map((plan, i) => planServer(directory, plan, ports.servers[i]!)),
  };
}

function planServer(directory: string, plan: ServerPlan, ports: CountryServer["ports"]): CountryServer {
  const own = join(directory, "servers", plan.name);
  const clients = membersOn(plan).flatMap(({ id, subsystems }): ClientId[] => [
    unsafeId(id),
    ...subsystems.map((name) => unsafeId<ClientId>(`${id}/${name}`)),
  ]);
  return {
    name: plan.name,
    plan,
    clients,
    ports,
    directory: own,
    id: unsafeId(`${plan.owner}/ss1`),
    configurationFile: join(own, "server.json"),
    stateDirectory: join(own, "state"),
  };
}

/** The server that serves a member or subsystem. @throws Error when none does */
export function serverOf({ servers }: Country, client: ClientId): CountryServer {
  const found = servers.find(({ clients }) => clients.includes(client));
  if (found === undefined) throw new Error(`no server of the country serves ${client}`);
  return found;
}

/** Name of a member's seal files in its server's directory, before `.cert.pem` and `.key.pem`. */
export function sealName(member: MemberId): string {
  return `seal-${member.slice(member.lastIndexOf("/") + 1)}`;
}
