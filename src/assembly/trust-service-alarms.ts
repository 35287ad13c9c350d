import type { Alarm } from "../http/health-interface.ts";
import type { RenewalHealth } from "../messagelog/renewal/renewal-schedule.ts";
import type { AuthorityStanding } from "../pki/timestamp-standing.ts";
import type { CertificateExpiry } from "./certificate-expiries.ts";
import type { RenewalFailure } from "./keys/renewals.ts";
import type { TrustServicesHealth } from "./trust-services-health.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
/** An authority or responder that fails for so long is told. */
const patience = 5 * minute;
/** An unexpected token is told for so long. */
const toldFor = day;
/** A day without a second authority's stamp is told after so long. */
const secondWithin = 2 * day;
/** Days before the end at which a certificate is told, each in words of its own. */
const stages = [1, 7, 30] as const;

/** @param now milliseconds */
export function trustServiceAlarms(health: TrustServicesHealth, now: number): Alarm[] {
  return [
    ...health.authorities.flatMap((one) => authorityAlarms(one, now)),
    ...tokenAlarms(health.sealing, now),
    ...health.ocsp.flatMap((one) => ocspAlarms(one, now)),
    ...health.certificates.flatMap((one) => expiryAlarms(one, now)),
    ...renewalAlarms(health.renewal),
    ...health.notRenewed.map(notRenewedAlarm),
  ];
}

function authorityAlarms({ url, failingSince, reason }: AuthorityStanding, now: number): Alarm[] {
  if (failingSince === undefined || now - failingSince < patience) return [];
  const detail = `it has given no good time-stamp since ${instant(failingSince)}: ${reason}`;
  const remedy = "Look at the connection to it, and ask whoever runs it; others are asked meanwhile.";
  return [{ code: "timestamp_authority_failing", severity: "warning", about: url, detail, remedy }];
}

function tokenAlarms({ contradiction, tokens }: TrustServicesHealth["sealing"], now: number): Alarm[] {
  const alarms: Alarm[] = [];
  const { unexpected, second } = tokens;
  if (unexpected !== undefined && Math.abs(now - unexpected.time) < toldFor) {
    const detail = `${unexpected.count} unexpected tokens since the start; the last one: ${unexpected.findings.join("; ")}`;
    const remedy =
      "The tokens are kept in the log. Ask the authority what it signs, and compare both clocks and its certificate.";
    const about = unexpected.authority;
    alarms.push({ code: "timestamp_unexpected", severity: "warning", about, detail, remedy });
  }
  if (second.failure !== undefined && (second.at === undefined || now - second.at > secondWithin)) {
    const detail = `no second authority has stamped a root: ${second.failure}`;
    const remedy = "Look at the other time-stamping authorities: proofs rest on a single one meanwhile.";
    alarms.push({ code: "second_timestamp_missing", severity: "warning", detail, remedy });
  }
  if (contradiction !== undefined) {
    const { batch, genTime, recordTime } = contradiction;
    const detail = `batch ${batch} was time-stamped at ${instant(genTime)}, and a record in it says ${instant(recordTime)}`;
    const remedy =
      "Set the clock of this server right: evidence of these records says that their times contradict each other.";
    alarms.push({ code: "clock_contradiction", severity: "critical", detail, remedy });
  }
  return alarms;
}

function ocspAlarms(standing: TrustServicesHealth["ocsp"][number], now: number): Alarm[] {
  const { name, state, failingSince, freshUntil, reason } = standing;
  if (state === "refused") {
    const detail = "the CA says that the seal's certificate is not good";
    const remedy = "Find out why it was revoked; with a new key and certificate the member can sign again.";
    return [{ code: "certificate_refused", severity: "critical", about: name, detail, remedy }];
  }
  if (failingSince === undefined || now - failingSince < patience) return [];
  const until =
    freshUntil === undefined ? "there is none" : `the one at hand is good until ${instant(freshUntil)}`;
  const detail = `no responder gives a fresh OCSP response since ${instant(failingSince)}, ${until}: ${reason}`;
  const remedy =
    "Look at the connection to the CA's OCSP responders: without a fresh response the member cannot sign.";
  const severity = state === "good" ? "warning" : "critical";
  return [{ code: "ocsp_not_refreshed", severity, about: name, detail, remedy }];
}

function expiryAlarms({ use, name, expires }: CertificateExpiry, now: number): Alarm[] {
  const stage = stages.find((days) => expires - now <= days * day);
  if (stage === undefined) return [];
  const rest = expires <= now ? "has expired" : `expires within ${stage} ${stage === 1 ? "day" : "days"}`;
  const detail = `the ${use} certificate ${rest}: ${instant(expires)}`;
  const severity = stage === 1 ? "critical" : "warning";
  return [
    { code: "certificate_expiring", severity, about: `${use} ${name}`, detail, remedy: expiryRemedies[use] },
  ];
}

const expiryRemedies: Readonly<Record<CertificateExpiry["use"], string>> = {
  seal: "Have a new seal certificate issued and registered with the governing authority before.",
  tls: "Have a new TLS certificate issued, and registered where it is the one of the peer interface.",
  ca: "The governing authority must list the CA's next certificate.",
  tsa: "The time-stamping authority needs a new certificate, and old time-stamps are renewed: look at renewal_failing.",
};

function renewalAlarms({ failure }: RenewalHealth): Alarm[] {
  if (failure === undefined) return [];
  const detail = `time-stamps whose certificates age cannot be renewed since ${instant(failure.since)}: ${failure.reason}`;
  const remedy =
    "Restore the connection to an authority with a younger certificate; it is tried again every quarter of an hour.";
  return [{ code: "renewal_failing", severity: "warning", detail, remedy }];
}

function notRenewedAlarm({ slot, since, reason }: RenewalFailure): Alarm {
  const detail = `its certificate cannot be renewed since ${instant(since)}: ${reason}`;
  const remedy =
    "Look at the CA and at acme in the configuration; `sealway keys enrol` tries it at once, `keys import` does without it.";
  return { code: "enrolment_failing", severity: "warning", about: slot, detail, remedy };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
