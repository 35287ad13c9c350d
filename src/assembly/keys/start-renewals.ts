import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import type { MemberSeal } from "../../exchange/gateway-services.ts";
import { afterTimeout } from "../../pki/ocsp-stapler.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { enrol } from "./enrol.ts";
import { keysWithCertificates, slotOf } from "./keys-in-use.ts";
import { registerKey } from "./register-key.ts";
import { CertificateRenewals, type Renewable } from "./renewals.ts";

const day = 86_400_000;

export interface RenewingServer {
  readonly configuration: ServerConfiguration;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The seals in use, which sign requests to the governing authority. */
  readonly seals: ReadonlyMap<MemberId, MemberSeal>;
}

/** Renews what the configuration names, at its CA. @returns undefined where it names nothing */
export function startRenewals(server: RenewingServer): CertificateRenewals | undefined {
  const { configuration, clock, logger } = server;
  const { acme } = configuration;
  if (acme === undefined || acme.renew.length === 0) return undefined;
  return new CertificateRenewals({
    ...{ clock, after: afterTimeout, random: Math.random, before: acme.renewBeforeDays * day },
    list: () => renewables(configuration),
    renew: (one) => renewAndRegister(server, one),
    done: (slot) => logger.info({ slot }, "a certificate is renewed; it is used once it is registered"),
    failed: (slot, err) => logger.error({ slot, err }, "a certificate cannot be renewed"),
  });
}

/** The youngest certificate of each slot that is renewed by itself: of one that waits to be registered there is no other. */
export async function renewables(configuration: ServerConfiguration): Promise<Renewable[]> {
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
    const { notBefore, notAfter } = youngest.certificate;
    return [{ ...place, notBefore, notAfter }];
  });
}

async function renewAndRegister(server: RenewingServer, one: Renewable): Promise<void> {
  const { configuration, clock, seals } = server;
  const done = await enrol(configuration, one, clock);
  if (done.kind === "refused") {
    const [first] = done.findings;
    throw new SealwayError("enrolment_failed", `what the CA issued cannot be used: ${first!.detail}`);
  }
  const member = one.use === "seal" ? (one.of as MemberId) : memberOf(configuration.server);
  const seal = seals.get(member);
  if (seal === undefined) throw new SealwayError("signer_unavailable", `${member} has no seal here`);
  await registerKey(configuration, { ...done.key, certificates: [done.certificate] }, seal.signer, clock);
}
