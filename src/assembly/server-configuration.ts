import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import schema from "../../schemas/server/v1.schema.json" with { type: "json" };
import { ConfigurationError, parseConfiguration } from "../core/configuration-file.ts";
import type { ClientId, MemberId, ServerId, ServiceId } from "../core/ids.ts";
import { ownSchema } from "../core/own-schema.ts";
import type { ClientAuthentication } from "../exchange/gateway-services.ts";
import type { PowerSource } from "../exchange/representation/representation-settings.ts";
import type { RetentionRule } from "../exchange/retention-table.ts";
import type { ErrorDialect } from "../http/error-mapper.ts";
import { logKeyPath } from "../messagelog/checkpoint/log-key.ts";
import type { RetentionPeriod } from "../messagelog/message-record.ts";
import type { Portal } from "../tracker/check-reader.ts";

/** A CA that issues certificates without hands (RFC 8555). */
export interface AcmeSettings {
  readonly directory: string;
  readonly trustedCertificates?: string;
  readonly contact: readonly string[];
  readonly termsAgreed: boolean;
  /** Its file has the key as the CA gives it, base64url. */
  readonly externalAccount?: { readonly keyId: string; readonly keyFile: string };
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly challenge: { readonly host: string; readonly port: number };
  readonly profiles: { readonly seal?: string; readonly tls?: string };
  readonly organization?: string;
  readonly country?: string;
  /** Which certificates are renewed by themselves, and how many days before their end. */
  readonly renew: readonly ("seal" | "tls")[];
  readonly renewBeforeDays: number;
}

/** The configuration file of `sealway serve` (`schemas/server/v1.schema.json`), defaults filled in, paths absolute. */
export interface ServerConfiguration {
  readonly server: ServerId;
  readonly stateDirectory: string;
  readonly anchor: string;
  readonly mirrors: readonly string[];
  readonly passphraseFile: string;
  /** Where the message log is kept; without it in SQLite in the state directory. */
  readonly postgresql?: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly passwordFile?: string;
    readonly tls: "verified" | "none";
    readonly trustedCertificates?: string;
  };
  readonly consumerInterface: {
    readonly host: string;
    readonly httpPort: number | null;
    readonly httpsPort: number | null;
    readonly certificate?: string;
    readonly key?: string;
  };
  readonly peerInterface: {
    readonly host: string;
    readonly port: number;
    readonly certificate?: string;
    readonly key?: string;
  };
  readonly healthInterface: { readonly host: string; readonly port: number };
  /** Of `sealway console`, a process of its own. */
  readonly management?: {
    /** Origin, `https://sealway.example:4000`. */
    readonly publicUrl: string;
    readonly host: string;
    readonly port: number;
    readonly certificate: string;
    readonly key: string;
    readonly identityProvider?: {
      readonly issuer: string;
      readonly clientId: string;
      readonly clientSecretFile: string;
      readonly acr: readonly string[];
    };
    readonly sessions: { readonly idleMinutes: number; readonly absoluteMinutes: number };
    /** Officers of the governing authority or of this server, by their users; whoever signs gives the passphrase of the key. */
    readonly officers: readonly {
      readonly user: string;
      readonly certificate: string;
      readonly key: string;
    }[];
    /** Whether people see pages; false for the API alone. */
    readonly pages: boolean;
    /** Folder of message files of further languages. */
    readonly languages?: string;
  };
  readonly members: readonly {
    readonly id: MemberId;
    readonly sealCertificate?: string;
    readonly sealKey?: string;
    /** As many at once, in each role. */
    readonly exchanges?: number;
    /** Seals the checkpoints of the log for the member, beside the key that seals its messages. */
    readonly checkpointSeal?: { readonly certificate: string; readonly key: string };
  }[];
  /** Keys that commands made, with their certificates. */
  readonly keysDirectory: string;
  readonly acme?: AcmeSettings;
  readonly clients: readonly {
    readonly id: ClientId;
    readonly authentication: ClientAuthentication;
    readonly certificates: readonly string[];
    readonly tokenDigests: readonly string[];
    readonly sourceAddresses: readonly string[];
  }[];
  readonly services: readonly {
    readonly id: ServiceId;
    readonly target: string;
    readonly concurrency: number;
  }[];
  readonly serviceConnections: readonly {
    readonly subsystem: ClientId;
    readonly allowedHosts: readonly string[];
    readonly trustedCertificates?: string;
    readonly clientCertificate?: string;
    readonly clientKey?: string;
  }[];
  readonly vaultDirectory: string;
  readonly masterKeyFile: string;
  readonly bodiesDirectory: string;
  readonly logKeyFile: string;
  readonly retention: RetentionPeriod & {
    /** `02:30`, UTC. */
    readonly runAt: string;
    readonly rules: readonly RetentionRule[];
  };
  readonly agreementsDirectory?: string;
  readonly permissions: {
    readonly portalUrl?: string;
    readonly identityProviders: readonly {
      readonly issuer: string;
      readonly audience: string;
      readonly acr: readonly string[];
      readonly claim: string;
      readonly scheme: string;
      /** File with a JWK set (RFC 7517). */
      readonly keysFile: string;
    }[];
  };
  readonly portals: readonly Portal[];
  readonly representation: {
    readonly sources: readonly PowerSource[];
    readonly askAgainAfterMinutes: number;
  };
  readonly inquiries: {
    /** Within which the other side is to answer. */
    readonly answerDays: number;
    /** Whom inquiries go to that nobody answers in time. */
    readonly supervisoryAuthority?: ClientId;
  };
  readonly errors: ErrorDialect;
  readonly limits: { readonly consumerExchanges: number; readonly providerExchanges: number };
  readonly monitoring: { readonly retentionDays: number; readonly maxMegabytes: number };
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

const validate = ownSchema<ServerConfiguration>(schema, {
  allErrors: true,
  verbose: true,
  useDefaults: true,
  allowUnionTypes: true,
});

/** Members whose value is a path, wherever they stand. */
const pathMembers = new Set([
  ...["stateDirectory", "anchor", "passphraseFile", "certificate", "key", "sealCertificate", "sealKey"],
  ...[
    "keysDirectory",
    "vaultDirectory",
    "masterKeyFile",
    "bodiesDirectory",
    "logKeyFile",
    "passwordFile",
    "trustedCertificates",
    "clientCertificate",
    "clientKey",
    "clientSecretFile",
    "agreementsDirectory",
    "keysFile",
    "keyFile",
    "certificates",
    "languages",
  ],
]);

/**
 * Reads a configuration file.
 * @throws ConfigurationError with every fault, its place and its remedy
 */
export async function loadServerConfiguration(file: string): Promise<ServerConfiguration> {
  const configuration = parseConfiguration(file, await readText(file), validate);
  checkRetention(file, configuration.retention.rules);
  const places = usualPlaces(configuration.stateDirectory);
  return absolute({ ...places, ...configuration }, dirname(resolve(file)), "") as ServerConfiguration;
}

/** Where a server has what the nodes of a cluster share, unless its configuration says otherwise. */
function usualPlaces(
  stateDirectory: string,
): Pick<
  ServerConfiguration,
  "keysDirectory" | "vaultDirectory" | "masterKeyFile" | "bodiesDirectory" | "logKeyFile"
> {
  return {
    keysDirectory: join(stateDirectory, "keys"),
    vaultDirectory: join(stateDirectory, "vault"),
    masterKeyFile: join(stateDirectory, "master.key"),
    bodiesDirectory: join(stateDirectory, "bodies"),
    logKeyFile: logKeyPath(stateDirectory),
  };
}

/** A key knows its class by name only: the name must say one thing. */
function checkRetention(file: string, rules: readonly RetentionRule[]): void {
  const problems = rules.flatMap((rule, i) => {
    const place = `retention.rules[${i}]`;
    if (rule.part === "head" && rule.keepDays === 0) {
      return [{ place, problem: "a head is kept for a day at least", remedy: "Give keepDays 1 or more." }];
    }
    const other = rules.find((one) => {
      const meet = one.member === undefined || rule.member === undefined || one.member === rule.member;
      return one.class === rule.class && meet && !hasSamePeriod(one, rule);
    });
    if (other === undefined) return [];
    const problem = `the class ${rule.class} has other days in rule ${rules.indexOf(other)}`;
    return [{ place, problem, remedy: "Give one of the two classes another name." }];
  });
  if (problems.length > 0) throw new ConfigurationError(file, problems);
}

function hasSamePeriod(one: RetentionRule, other: RetentionRule): boolean {
  return one.keepDays === other.keepDays && one.graceDays === other.graceDays;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ConfigurationError(file, [{ place: "file", problem, remedy: "Check path and permissions." }]);
  }
}

function absolute(value: unknown, folder: string, name: string): unknown {
  if (typeof value === "string") return pathMembers.has(name) ? resolve(folder, value) : value;
  if (Array.isArray(value)) return value.map((item) => absolute(item, folder, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, absolute(inner, folder, key)]));
}
