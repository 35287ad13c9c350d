import type { KeyObject } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { LogDesk } from "../messagelog/desk/log-desk.ts";
import { type DurableMessageLog, openMessageLog } from "../messagelog/message-log.ts";
import type { FreshOcsp } from "../messagelog/sealing.ts";
import { openVault } from "../messagelog/vault.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { fetchOcsp } from "../pki/ocsp-client.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import { checkOcspGood, verifyOcspResponse } from "../pki/ocsp-verdict.ts";
import type { AuthorityHeard, TimestampSources } from "../pki/timestamp-client.ts";
import type { TimestampStanding } from "../pki/timestamp-standing.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { logAddress, openStore } from "./log-store.ts";
import { searchDirectory } from "./open-search.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";

/** What answers questions to the log beside the traffic. */
export function openLogDesk(configuration: ServerConfiguration, masterKeys: readonly KeyObject[]): LogDesk {
  const { anchor, bodiesDirectory, stateDirectory, vaultDirectory } = configuration;
  return new LogDesk({
    ...logAddress(configuration),
    vaultDirectory,
    bodiesDirectory,
    searchDirectory: searchDirectory(stateDirectory),
    masterKeys,
    anchorFile: anchor,
  });
}

const trustServiceTimeout = 10_000;

export interface LogOptions {
  readonly configuration: ServerConfiguration;
  readonly masterKeys: readonly KeyObject[];
  readonly clock: Clock;
  readonly trust: TrustInUse;
  /** How the time-stamping authorities have fared. */
  readonly standing: TimestampStanding;
  /** Told what their clocks show. */
  readonly heard: AuthorityHeard;
  /** Told of each transaction, how many items it had. */
  committed(items: number): void;
  /** Told of each batch that is time-stamped. */
  sealed(): void;
}

/** Opens the message log, time-stamped by the authorities of the configuration in force. */
export async function openLog({
  configuration,
  masterKeys,
  clock,
  trust,
  standing,
  heard,
  committed,
  sealed,
}: LogOptions): Promise<DurableMessageLog> {
  const { bodiesDirectory, vaultDirectory } = configuration;
  return openMessageLog({
    store: await openStore(configuration, clock, committed),
    vault: await openVault(vaultDirectory, masterKeys),
    ...logAddress(configuration),
    bodiesDirectory,
    timestampSources: () => ({ ...timestampSources(trust, clock, standing), heard }),
    freshOcsp: freshOcsp(trust, clock),
    clock,
    after: afterTimeout,
    sealed,
  });
}

/** The authorities of the configuration in force. @param standing how they fared before, where that counts */
export function timestampSources(
  trust: { index(): Pick<ConfigurationIndex, "timestampingAuthorities"> },
  clock: Clock,
  standing?: TimestampStanding,
): TimestampSources {
  const granted = trust.index().timestampingAuthorities;
  return {
    authorities: granted.map(({ authority }) => ({ url: authority.url, policies: authority.policies })),
    anchors: granted.map(({ certificate }) => certificate),
    clock,
    timeoutMs: trustServiceTimeout,
    pausesMs: [],
    ...(standing && { standing }),
  };
}

function freshOcsp(trust: TrustInUse, clock: Clock): FreshOcsp {
  return async (certificateDer, issuerDer) => {
    const certificate = parseCertificate(certificateDer);
    const issuer = parseCertificate(issuerDer);
    const urls = trust.index().certificationAuthority(issuer.fingerprint)?.authority.ocspUrls ?? [];
    const maxAgeMs = trust.snapshot().configuration.parameters.ocspFreshness;
    let failure: unknown = new Error("the CA has no OCSP responder");
    for (const url of urls) {
      try {
        const der = await fetchOcsp(url, { certificate, issuer, timeoutMs: trustServiceTimeout });
        const verdict = verifyOcspResponse(der, { certificate, issuer, at: clock.now(), maxAgeMs });
        checkOcspGood(verdict);
        return { der, thisUpdate: verdict.thisUpdate };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
