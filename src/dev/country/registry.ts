import { join, relative } from "node:path";
import type { CertificateReference, RegistryDocument } from "../../authority/registry-document.ts";
import { developmentPolicy } from "../timestamp-authority.ts";
import type { Country } from "./country.ts";
import { instance } from "./members.ts";
import type { RestrictionParameters } from "./restrictions.ts";

const hours = 3600;

/**
 * The registry file of the governing authority, for demonstration: what is set. Nobody takes part yet.
 * @param now milliseconds since the epoch
 * @param restrictions who may order which, and who can read them
 */
export function registryOf(
  { directory, ports, trustDirectory }: Country,
  now: number,
  restrictions: Partial<RestrictionParameters> = {},
): RegistryDocument {
  const pem = (folder: string, name: string): CertificateReference => ({
    pem: relative(directory, join(folder, `${name}.cert.pem`)),
  });
  const from = `${new Date(now).getUTCFullYear()}-01-01T00:00:00Z`;
  const history = [{ state: "granted", from }] as const;
  const issuing = pem(trustDirectory, "issuing-ca");
  const localhost = (port: number) => `http://127.0.0.1:${port}/`;
  return {
    v: 1,
    instance,
    purpose: "demonstration",
    catalogue: { vocabularies: ["vocabulary.json"] },
    parameters: {
      ...{ ocspFreshnessSeconds: 8 * hours, timestampMaxLagSeconds: 12 * hours },
      ...restrictions,
    },
    // Who takes part is registered by requests.
    ...{ members: [], servers: [], seals: [], registration: { automatic: "all" } },
    certificationAuthorities: [
      { name: "Issuing CA", certificate: issuing, ocspUrls: [localhost(ports.trust.ocsp)], history },
    ],
    timestampingAuthorities: [
      {
        name: "Time-stamping authority",
        url: localhost(ports.trust.tsa),
        certificate: issuing,
        policies: [developmentPolicy],
        history,
      },
    ],
  };
}
