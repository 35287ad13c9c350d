import type { MemberSeal } from "../exchange/gateway-services.ts";
import { parseCertificate } from "../pki/certificate.ts";
import type { AuthorityStanding } from "../pki/timestamp-standing.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";

/** When a certificate that this server depends on expires, milliseconds since the epoch. */
export interface CertificateExpiry {
  readonly use: "seal" | "tls" | "ca" | "tsa";
  /** The member, the use, or the name of the authority. */
  readonly name: string;
  readonly expires: number;
}

export interface ExpirySources {
  readonly seals: ReadonlyMap<string, MemberSeal>;
  readonly tlsExpiries: readonly number[];
  readonly authorities: readonly AuthorityStanding[];
  /** Undefined when no configuration is in force. */
  readonly index: ConfigurationIndex | undefined;
}

/** Every certificate whose end would stop exchanges or weaken their evidence. */
export function certificateExpiries({
  seals,
  tlsExpiries,
  authorities,
  index,
}: ExpirySources): CertificateExpiry[] {
  return [
    ...[...seals.values()].map(({ member, signer }) => {
      return { use: "seal", name: member, expires: signer.certificate.notAfter } as const;
    }),
    ...tlsExpiries.map((expires, i) => ({ use: "tls", name: `tls-${i + 1}`, expires }) as const),
    ...(index === undefined ? [] : listedExpiries(index)),
    ...authorities.flatMap(({ url, signerExpires }) =>
      signerExpires === undefined ? [] : [{ use: "tsa", name: url, expires: signerExpires } as const],
    ),
  ];
}

const known = new WeakMap<ConfigurationIndex, readonly CertificateExpiry[]>();

/** The certificates of a version are parsed once. */
function listedExpiries(index: ConfigurationIndex): readonly CertificateExpiry[] {
  const found = known.get(index);
  if (found !== undefined) return found;
  const cas = index.content.certificationAuthorities.map(({ name, certificate }) => {
    return { use: "ca", name, expires: parseCertificate(certificate).notAfter } as const;
  });
  const tsas = index.timestampingAuthorities.map(({ authority, certificate }) => {
    return { use: "tsa", name: authority.name, expires: certificate.notAfter } as const;
  });
  const listed = [...cas, ...tsas];
  known.set(index, listed);
  return listed;
}
