import { SealwayError } from "../core/errors.ts";
import type { MemberSeal } from "../exchange/gateway-services.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import type { RenewalHealth, RenewalSchedule } from "../messagelog/renewal/renewal-schedule.ts";
import type { SealingHealth } from "../messagelog/sealing.ts";
import type { OcspStanding, OcspStapler } from "../pki/ocsp-stapler.ts";
import type { AuthorityStanding, TimestampStanding } from "../pki/timestamp-standing.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { type CertificateExpiry, certificateExpiries } from "./certificate-expiries.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import type { RenewalFailure } from "./keys/renewals.ts";
import type { TrustInUse } from "./trust-in-use.ts";

/** How it stands with everything that others certify for this server. Times are milliseconds since the epoch. */
export interface TrustServicesHealth {
  readonly authorities: readonly AuthorityStanding[];
  readonly sealing: Pick<SealingHealth, "contradiction" | "tokens">;
  /** `name` is the member whose seal it is. */
  readonly ocsp: readonly (OcspStanding & { readonly name: string })[];
  readonly certificates: readonly CertificateExpiry[];
  readonly renewal: RenewalHealth;
  /** Certificates that their CA does not renew. */
  readonly notRenewed: readonly RenewalFailure[];
}

export interface TrustServicesSources {
  readonly trust: TrustInUse;
  readonly stapler: OcspStapler;
  readonly standing: TimestampStanding;
  readonly seals: ReadonlyMap<string, MemberSeal>;
  readonly keys: Pick<KeyRing, "tlsExpiries" | "renewalFailures">;
  readonly renewal: RenewalSchedule;
  readonly log: DurableMessageLog;
}

/** The authorities and CAs are those of the configuration in force; none are told of when there is none. */
export function trustServicesHealth(sources: TrustServicesSources): TrustServicesHealth {
  const { seals, keys, standing, stapler, renewal, log } = sources;
  const index = indexInForce(sources.trust);
  const authorities = standing.of((index?.timestampingAuthorities ?? []).map(({ authority }) => authority));
  const names = new Map(
    [...seals.values()].map((seal) => [seal.signer.certificate.fingerprint, seal.member]),
  );
  const { contradiction, tokens } = log.health().sealing;
  return {
    authorities,
    sealing: { contradiction, tokens },
    // Of a key that is not used nobody need be alarmed: `sealway keys list` tells.
    ocsp: stapler.standings().flatMap((one) => {
      const name = names.get(one.fingerprint);
      return name === undefined ? [] : [{ ...one, name }];
    }),
    certificates: certificateExpiries({ seals, tlsExpiries: keys.tlsExpiries(), authorities, index }),
    renewal: renewal.health(),
    notRenewed: keys.renewalFailures(),
  };
}

function indexInForce(trust: TrustInUse): ConfigurationIndex | undefined {
  try {
    return trust.index();
  } catch (error) {
    // That no configuration is in force is an alarm of its own.
    if (error instanceof SealwayError) return undefined;
    throw error;
  }
}
