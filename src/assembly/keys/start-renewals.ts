import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { afterTimeout } from "../../pki/ocsp-stapler.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { TrustInUse } from "../trust-in-use.ts";
import { enrol } from "./enrol.ts";
import { configuredKey } from "./key-choice.ts";
import { keysWithCertificates, slotOf } from "./keys-in-use.ts";
import { registerHeldKey } from "./register-key.ts";
import { CertificateRenewals, type Renewable } from "./renewals.ts";

const day = 86_400_000;

export interface RenewingServer {
  readonly configuration: ServerConfiguration;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trust: Pick<TrustInUse, "index">;
}

/** Renews what the configuration names, at its CA. @returns undefined where it names nothing */
export function startRenewals(server: RenewingServer): CertificateRenewals | undefined {
  const { configuration, clock, logger, trust } = server;
  const { acme } = configuration;
  if (acme === undefined || acme.renew.length === 0) return undefined;
  return new CertificateRenewals({
    ...{ clock, after: afterTimeout, random: Math.random, before: acme.renewBeforeDays * day },
    list: () => renewables(configuration, trust.index()),
    renew: (one) => renewCertificate(configuration, one, clock),
    register: async (key) => void (await registerHeldKey(configuration, key, clock)),
    done: (slot) => logger.info({ slot }, "a certificate is renewed; it is used once it is registered"),
    failed: (slot, err) => logger.error({ slot, err }, "a certificate cannot be renewed"),
  });
}

/** The youngest certificate of each slot that is renewed by itself, and whether it is registered. */
export async function renewables(
  configuration: ServerConfiguration,
  index: ConfigurationIndex,
): Promise<Renewable[]> {
  const { acme, members, server } = configuration;
  const uses = acme?.renew ?? [];
  const bySlot = Map.groupBy(await keysWithCertificates(configuration, uses), ({ slot }) => slot);
  const places = [
    ...members.map(({ id }) => ({ slot: slotOf(id), use: "seal", of: id }) as const),
    { slot: slotOf(), use: "tls", of: server } as const,
  ];
  return places.flatMap((place): Renewable[] => {
    const keys = bySlot.get(place.slot) ?? [];
    const [youngest] = keys.toSorted((a, b) => b.certificate.notAfter - a.certificate.notAfter);
    if (youngest === undefined) return [];
    const { name, certificate } = youngest;
    const { notBefore, notAfter, fingerprint } = certificate;
    const found =
      place.use === "seal" ? index.sealOfAnyState(fingerprint) : index.serverByTlsCertificate(fingerprint);
    const isListed = found !== undefined || name === configuredKey;
    return [{ ...place, notBefore, notAfter, ...(!isListed && { unlisted: name }) }];
  });
}

/** @returns the name of the new key @throws SealwayError `enrolment_failed` */
export async function renewCertificate(
  configuration: ServerConfiguration,
  { use, of }: Pick<Renewable, "use" | "of">,
  clock: Clock,
): Promise<string> {
  const done = await enrol(configuration, { use, of }, clock);
  if (done.kind === "imported") return done.key.name;
  const [first] = done.findings;
  throw new SealwayError("enrolment_failed", `what the CA issued cannot be used: ${first!.detail}`);
}
