import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type Certificate, parseCertificate, parseCertificatesPem } from "../../pki/certificate.ts";
import { loadKeyOperation } from "../../pki/load-key.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { readTrust } from "../read-trust.ts";
import { readPassphrase } from "../secrets.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { findingsOfIssued, foreignKeyFinding, type IssuedFinding } from "./check-issued.ts";
import { type HeldKey, keepCertificates, listKeys } from "./key-folder.ts";
import { tellKeysChanged } from "./order-keys.ts";

/** What came of an import: nothing is kept unless all is well. */
export type Imported =
  | { readonly kind: "imported"; readonly key: HeldKey; readonly certificate: Certificate }
  | { readonly kind: "refused"; readonly findings: readonly IssuedFinding[] };

/**
 * Checks what a CA issued and keeps it beside its key; a running server is told.
 * @param file PEM with whatever came with the certificate, in any order, or one certificate in DER
 * @param isMeant which of the server's keys it may be for; any unless told
 * @throws SealwayError `bad_request` when the file holds no certificate, `configuration_expired` when there is nothing to
 *   judge it by
 */
export async function importCertificate(
  configuration: ServerConfiguration,
  file: Buffer,
  clock: Clock,
  isMeant: (key: HeldKey) => boolean = () => true,
): Promise<Imported> {
  const index = await readTrust(configuration, clock);
  const certificates = readCertificates(file);
  const keys = (await listKeys(configuration.keysDirectory)).filter(isMeant);
  const found = keys
    .map((key) => ({ key, certificate: certificates.find(({ spki }) => spki.equals(key.spki)) }))
    .find(({ certificate }) => certificate !== undefined);
  if (found?.certificate === undefined) return { kind: "refused", findings: [foreignKeyFinding(keys)] };
  const { key, certificate } = found;
  const others = certificates.filter((one) => one !== certificate);
  const { server } = configuration;
  const findings = findingsOfIssued({ certificate, others, key, server, index, now: clock.now() });
  if (findings.length > 0) return { kind: "refused", findings };
  // A server that could not open it would not start with it.
  await loadKeyOperation(key.files.key, await readPassphrase(configuration.passphraseFile));
  await keepCertificates(key, [certificate, ...above(certificate, others, index)]);
  await tellKeysChanged(configuration);
  return { kind: "imported", key, certificate };
}

function readCertificates(file: Buffer): Certificate[] {
  try {
    return file.subarray(0, 1)[0] === 0x30
      ? [parseCertificate(file)]
      : parseCertificatesPem(file.toString("latin1"));
  } catch (cause) {
    throw new SealwayError("bad_request", `the file holds no certificate: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The CAs above, as far as they are known, without a root, which nobody takes from a connection. */
function above(leaf: Certificate, others: readonly Certificate[], index: ConfigurationIndex): Certificate[] {
  const path: Certificate[] = [];
  let last = leaf;
  for (;;) {
    const listed = index.issuerOf(last)?.certificate;
    const issuer = [...others, ...(listed ? [listed] : [])].find(({ subject }) =>
      subject.equals(last.issuer),
    );
    const isRoot = issuer?.subject.equals(issuer.issuer);
    if (issuer === undefined || isRoot || path.some(({ fingerprint }) => fingerprint === issuer.fingerprint))
      return path;
    path.push(issuer);
    last = issuer;
  }
}
