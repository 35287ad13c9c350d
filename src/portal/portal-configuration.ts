import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import schema from "../../schemas/portal/v1.schema.json" with { type: "json" };
import {
  ConfigurationError,
  type ConfigurationFault,
  parseConfiguration,
} from "../core/configuration-file.ts";
import type { ClientId, ServiceId } from "../core/ids.ts";
import { ownSchema } from "../core/own-schema.ts";
import { isSafeAddress } from "../web/safe-address.ts";

/** The configuration file of `sealway portal` (`schemas/portal/v1.schema.json`), defaults filled in, paths absolute. */
export interface PortalConfiguration {
  /** Origin, `https://portal.example`. */
  readonly publicUrl: string;
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly certificate?: string;
    readonly key?: string;
  };
  readonly securityServer: {
    readonly url: string;
    readonly client: ClientId;
    readonly trustedCertificates?: string;
    readonly clientCertificate?: string;
    readonly clientKey?: string;
  };
  readonly identityProvider: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecretFile: string;
    readonly acr: readonly string[];
    readonly identifierScheme: string;
  };
  /** Of the processes that serve one portal. */
  readonly secretFile?: string;
  /** Services that know of representatives' powers: they are asked for whom somebody may act. */
  readonly representation: readonly {
    readonly service: ServiceId;
    readonly purpose?: string;
    /** Identifier scheme of those whom they act for. */
    readonly represented: string;
  }[];
  readonly sessions: { readonly idleMinutes: number; readonly absoluteMinutes: number };
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

const validate = ownSchema<PortalConfiguration>(schema, {
  allErrors: true,
  verbose: true,
  useDefaults: true,
});

/**
 * Reads a configuration file.
 * @throws ConfigurationError with every fault, its place and its remedy
 */
export async function loadPortalConfiguration(file: string): Promise<PortalConfiguration> {
  const configuration = parseConfiguration(file, await readText(file), validate);
  const faults = faultsOf(configuration);
  if (faults.length > 0) throw new ConfigurationError(file, faults);
  const folder = dirname(resolve(file));
  const { listen, securityServer, identityProvider } = configuration;
  return {
    ...below(folder, configuration, ["secretFile"]),
    listen: below(folder, listen, ["certificate", "key"]),
    securityServer: below(folder, securityServer, ["trustedCertificates", "clientCertificate", "clientKey"]),
    identityProvider: below(folder, identityProvider, ["clientSecretFile"]),
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const problem = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ConfigurationError(file, [{ place: "file", problem, remedy: "Check path and permissions." }]);
  }
}

/** What a schema cannot say. */
function faultsOf(configuration: PortalConfiguration): ConfigurationFault[] {
  const { publicUrl, listen, securityServer, identityProvider } = configuration;
  const pairs = [
    ["listen", listen.certificate, listen.key],
    ["securityServer", securityServer.clientCertificate, securityServer.clientKey],
  ] as const;
  const addresses = [
    ["publicUrl", publicUrl],
    ["identityProvider.issuer", identityProvider.issuer],
  ] as const;
  return [
    ...addresses
      .filter(([, address]) => !isSafeAddress(address))
      .map(([place]) => ({ place, problem: "is not HTTPS", remedy: "HTTP is for loopback only." })),
    ...(URL.canParse(publicUrl) && new URL(publicUrl).origin === publicUrl
      ? []
      : [
          {
            place: "publicUrl",
            problem: "is no origin",
            remedy: "Write it as browsers do: https://portal.example",
          },
        ]),
    ...pairs
      .filter(([, certificate, key]) => (certificate === undefined) !== (key === undefined))
      .map(([place]) => ({
        place,
        problem: "certificate without key, or key without it",
        remedy: "Give both.",
      })),
  ];
}

function below<Part extends object>(folder: string, part: Part, names: readonly (keyof Part)[]): Part {
  const paths = names
    .filter((name) => part[name] !== undefined)
    .map((name) => [name, resolve(folder, String(part[name]))]);
  return { ...part, ...Object.fromEntries(paths) };
}
