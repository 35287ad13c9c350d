import type { ServerId } from "../../core/ids.ts";
import type { Certificate } from "../../pki/certificate.ts";
import { foreignNames, holderOf, type NameRules, usualNameRules } from "../../pki/certificate-names.ts";
import { checkPurpose } from "../../pki/certificate-purpose.ts";
import { verifyChain } from "../../pki/chain.ts";
import { parseDer } from "../../pki/der.ts";
import { readName } from "../../pki/distinguished-name.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import type { HeldKey } from "./key-folder.ts";

/** What is wrong with a certificate that was issued, and what to do. */
export interface IssuedFinding {
  readonly code: keyof typeof remedies;
  readonly detail: string;
  readonly remedy: string;
}

const remedies = {
  other_key: "Import it where its key was made, or send the CA the request of a key that is here.",
  wrong_usage:
    "Have the CA issue it with its profile for this use: e-seals need nonRepudiation, servers need digitalSignature with serverAuth and clientAuth.",
  unlisted_ca: "Take a CA that the instance lists, or have the governing authority list this one.",
  chain_incomplete:
    "Put the certificates of the CAs in between into the file, behind the one that was issued.",
  expired: "Have a new one issued.",
  not_yet_valid: "Import it when it begins, and look at this machine's clock.",
  foreign_names:
    "Send the CA the request as it was written here: its names are those that the instance asks for.",
} as const;

export interface IssuedCertificate {
  readonly certificate: Certificate;
  /** What came with it. */
  readonly others: readonly Certificate[];
  readonly key: Pick<HeldKey, "name" | "use" | "of">;
  /** Where it is to be used. */
  readonly server: ServerId;
  readonly index: ConfigurationIndex;
  /** Milliseconds. */
  readonly now: number;
}

/** Everything that is wrong with a certificate; nothing when it may be imported. */
export function findingsOfIssued(issued: IssuedCertificate): IssuedFinding[] {
  return checks.flatMap((check) => check(issued)).map((one) => ({ ...one, remedy: remedies[one.code] }));
}

/** A certificate for a key that is not here. */
export function foreignKeyFinding(waiting: readonly HeldKey[]): IssuedFinding {
  const names = waiting.map(({ name }) => name).join(", ");
  const here = names === "" ? "there are no keys here" : `the keys here are ${names}`;
  return {
    code: "other_key",
    detail: `its key is none of this server's; ${here}`,
    remedy: remedies.other_key,
  };
}

type Found = Omit<IssuedFinding, "remedy">;

const checks: readonly ((issued: IssuedCertificate) => Found[])[] = [usage, validity, issuer, names];

function usage({ certificate, key }: IssuedCertificate): Found[] {
  try {
    checkPurpose(certificate, key.use);
    return [];
  } catch {
    const { keyUsage, extendedKeyUsage } = certificate;
    const found = [...keyUsage, ...extendedKeyUsage.oids].join(", ") || "nothing";
    return [
      { code: "wrong_usage", detail: `${key.name} is a ${key.use} key, and the certificate is for ${found}` },
    ];
  }
}

function validity({ certificate: { notBefore, notAfter }, now }: IssuedCertificate): Found[] {
  if (now > notAfter) return [{ code: "expired", detail: `it ended at ${instant(notAfter)}` }];
  if (now < notBefore) return [{ code: "not_yet_valid", detail: `it begins at ${instant(notBefore)}` }];
  return [];
}

/** The CA that issued it must be listed itself: the registry and every server judge it by that CA. */
function issuer({ certificate, others, index, key, now }: IssuedCertificate): Found[] {
  const direct = index.issuerOf(certificate);
  const at = Math.min(Math.max(now, certificate.notBefore), certificate.notAfter);
  const listed = index.content.certificationAuthorities.map(({ name }) => name).join(", ");
  const { commonName, organizationName } = readName(parseDer(certificate.issuer, "issuer"), "issuer");
  const named = commonName ?? organizationName ?? "a CA without a name";
  if (direct !== undefined) {
    try {
      verifyChain(certificate, { intermediates: [], anchors: [direct.certificate], at });
      return [];
    } catch (error) {
      return [
        {
          code: "unlisted_ca",
          detail: `${direct.authority.name} did not issue it: ${(error as Error).message}`,
        },
      ];
    }
  }
  const isHere = others.some(({ subject }) => subject.equals(certificate.issuer));
  if (isHere) return [{ code: "unlisted_ca", detail: `${named} is not listed; listed are ${listed}` }];
  return [
    {
      code: "chain_incomplete",
      detail: `${named}, which issued it, is neither in the file nor listed (listed are ${listed}), for the ${key.use} key ${key.name}`,
    },
  ];
}

function names({ certificate, key, server, index }: IssuedCertificate): Found[] {
  const rules: NameRules = index.content.parameters.certificateNames ?? usualNameRules;
  const wrong = foreignNames(certificate, key.use, rules, { server, ...holderOf(key.of) });
  return wrong.length === 0
    ? []
    : [{ code: "foreign_names", detail: `${wrong.join("; ")}: it is not for ${key.of}` }];
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
