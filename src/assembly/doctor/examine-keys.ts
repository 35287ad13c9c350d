import type { MemberId } from "../../core/ids.ts";
import { fetchOcsp } from "../../pki/ocsp-client.ts";
import { verifyOcspResponse } from "../../pki/ocsp-verdict.ts";
import type { TrustedCa } from "../../trust/configuration-index.ts";
import { findingsOfIssued } from "../keys/check-issued.ts";
import { type KeyWithCertificate, keysWithCertificates, openSigner, slotOf } from "../keys/keys-in-use.ts";
import { loadTls } from "../load-parts.ts";
import { readPassphrase } from "../secrets.ts";
import { remedyOf } from "./examine-trust.ts";
import { broken, type ExaminedInForce, type Finding, warning, wordsOf } from "./finding.ts";

/** Certificates that end within so many milliseconds are told. */
const endsSoon = 30 * 86_400_000;
const ocspTimeout = 5_000;

/** Whether each member has a seal, and the server a TLS key, that others take. */
export async function examineKeys(x: ExaminedInForce): Promise<Finding[]> {
  const passphrase = await readPassphrase(x.configuration.passphraseFile);
  const keys = await keysWithCertificates(x.configuration);
  const slots = [slotOf(), ...x.configuration.members.map(({ id }) => slotOf(id))];
  const found = slots.map(async (slot) => {
    const held = keys.filter((key) => key.slot === slot);
    const why =
      slot === "tls" ? "Peers cannot be called and cannot call." : "Nothing can be signed for the member.";
    if (held.length === 0)
      return [broken(`there is no certificate for ${slot}`, why, "Import one: `sealway keys import`.")];
    const examined = await Promise.all(held.map((key) => examineKey(x, key, passphrase, why)));
    const isGood = (findings: readonly Finding[]) => findings.every(({ severity }) => severity === "warning");
    // Where one is good, the server uses it: others are keys to come, or that have had their time.
    return examined.some(isGood) ? examined.filter(isGood).flat() : examined.flat();
  });
  return (await Promise.all(found)).flat();
}

async function examineKey(
  x: ExaminedInForce,
  key: KeyWithCertificate,
  passphrase: string,
  why: string,
): Promise<Finding[]> {
  const { certificate, name, slot, use } = key;
  const { configuration, index, clock } = x;
  const now = clock.now();
  const of = use === "tls" ? configuration.server : (slot.slice("seal ".length) as MemberId);
  const about = `the certificate of ${name} for ${slot}`;
  const issued = {
    certificate,
    others: [],
    key: { name, use, of },
    server: configuration.server,
    index,
    now,
  };
  const ends = new Date(certificate.notAfter).toISOString().slice(0, 10);
  const endsInTime = certificate.notAfter - now > endsSoon || certificate.notAfter < now;
  return [
    ...(await examineKeyFile(key, passphrase, why)),
    ...findingsOfIssued(issued).map(({ detail, remedy }) => broken(`${about}: ${detail}`, why, remedy)),
    ...examineListing(x, key).map((detail) => {
      const remedy =
        "Have it registered (`sealway keys register`), and wait until the authority has approved it.";
      return broken(`${about}: ${detail}`, why, remedy);
    }),
    ...(endsInTime
      ? []
      : [warning(`${about} ends on ${ends}`, why, "Have a new one issued now: `sealway keys enrol`.")]),
  ];
}

/** Whether key and certificate belong together, and the passphrase opens the key. */
async function examineKeyFile(key: KeyWithCertificate, passphrase: string, why: string): Promise<Finding[]> {
  try {
    await (key.use === "tls" ? loadTls(key.files, passphrase) : openSigner(key, passphrase));
    return [];
  } catch (error) {
    const remedy = remedyOf(error, "Compare the key file and `passphraseFile` with what was made together.");
    return [broken(`the key ${key.name} for ${key.slot} cannot be used: ${wordsOf(error)}`, why, remedy)];
  }
}

/** What keeps the instance from taking the certificate, in words. */
function examineListing({ configuration, index, clock }: ExaminedInForce, key: KeyWithCertificate): string[] {
  const { fingerprint } = key.certificate;
  if (key.use === "tls") {
    const isListed = index.server(configuration.server)?.tlsCertificates.includes(fingerprint);
    return isListed ? [] : ["it is not registered for this server"];
  }
  const seal = index.seal(fingerprint, clock.now());
  if (seal === undefined) return [`it ${index.whyNoSeal(fingerprint, clock.now())}`];
  if (slotOf(seal.member) !== key.slot) return [`it is registered for ${seal.member}`];
  return seal.servers.includes(configuration.server) ? [] : ["it is not bound to this server"];
}

/** Whether responders vouch for the seals that others take: each message carries such a response. */
export async function examineOcsp(x: ExaminedInForce): Promise<Finding[]> {
  const keys = await keysWithCertificates(x.configuration, ["seal"]);
  const found = keys.map(async (key) => {
    const seal = x.index.seal(key.certificate.fingerprint, x.clock.now());
    const ca = seal === undefined ? undefined : x.index.issuerOf(key.certificate);
    return ca === undefined ? [] : examineState(x, key, ca);
  });
  return (await Promise.all(found)).flat();
}

async function examineState(
  { clock, index }: ExaminedInForce,
  { certificate, slot }: KeyWithCertificate,
  { authority, certificate: issuer }: TrustedCa,
): Promise<Finding[]> {
  const failures: string[] = [];
  for (const url of authority.ocspUrls) {
    try {
      const der = await fetchOcsp(url, { certificate, issuer, timeoutMs: ocspTimeout });
      const maxAgeMs = index.content.parameters.ocspFreshness;
      const verdict = verifyOcspResponse(der, { certificate, issuer, at: clock.now(), maxAgeMs });
      if (verdict.status === "good") continue;
      failures.push(`${url}: ${"finding" in verdict ? verdict.finding : `it is ${verdict.status}`}`);
    } catch (error) {
      failures.push(wordsOf(error));
    }
  }
  if (failures.length === 0 && authority.ocspUrls.length > 0) return [];
  const what = `OCSP for ${slot}: ${failures.join("; ") || `${authority.name} has no responder`}`;
  const why = "Each message carries a fresh response for its seal; without one it is neither sent nor taken.";
  const remedy = `Look at the network to the responder; ask ${authority.name} when it says revoked or unknown.`;
  const isAlone = failures.length >= authority.ocspUrls.length;
  return [isAlone ? broken(what, why, remedy) : warning(what, why, remedy)];
}
