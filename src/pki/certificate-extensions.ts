import { type AlternativeNames, readAlternativeNames, readAsciiName } from "./alternative-names.ts";
import { constructedTag, DerError, type DerNode, parseDer, primitiveTag, tags } from "./der.ts";
import {
  DerFields,
  readFlag,
  readNamedBits,
  readNull,
  readOctets,
  readOid,
  readSequence,
  readSmallInteger,
} from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { oids } from "./oids.ts";

/** The bits of keyUsage (RFC 5280 §4.2.1.3), in their order. */
export const keyUsages = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsages)[number];

/** What the extensions of a certificate say; what it does not have is empty, undefined or false. */
export interface CertificateExtensions {
  /** Empty also when the extension is absent: who asks for a usage is then told no. */
  keyUsage: ReadonlySet<KeyUsage>;
  extendedKeyUsage: { readonly critical: boolean; readonly oids: readonly string[] };
  /** Whether the certificate is a CA's, and how many CAs may stand between it and a leaf. */
  basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined };
  subjectAltName: AlternativeNames;
  subjectKeyId: Buffer | undefined;
  authorityKeyId: Buffer | undefined;
  /** RFC 6960 §4.2.2.2.1: an OCSP signing certificate whose own state is not asked for. */
  ocspNoCheck: boolean;
  /** Addresses of OCSP responders (RFC 5280 §4.2.2.1). */
  ocspUrls: readonly string[];
  /** Which statements qcStatements makes, and for which types the certificate is said to be qualified. */
  qualified: { readonly statements: readonly string[]; readonly types: readonly string[] };
}

type Reader = (value: DerNode, path: string, critical: boolean) => Partial<CertificateExtensions>;

const readers: { readonly [oid: string]: Reader } = {
  [oids.keyUsage]: (value, path) => ({ keyUsage: readKeyUsage(value, path) }),
  [oids.extKeyUsage]: (value, path, critical) => {
    const purposes = readSequence(value, path).map((purpose) => readOid(purpose, path));
    if (purposes.length === 0) throw new DerError(path, "empty");
    return { extendedKeyUsage: { critical, oids: purposes } };
  },
  [oids.basicConstraints]: (value, path) => ({ basicConstraints: readBasicConstraints(value, path) }),
  [oids.subjectAltName]: (value, path) => ({ subjectAltName: readAlternativeNames(value, path) }),
  [oids.subjectKeyIdentifier]: (value, path) => ({ subjectKeyId: readOctets(value, path) }),
  [oids.authorityKeyIdentifier]: (value, path) => ({
    authorityKeyId: new DerFields(value, path).optional(primitiveTag(0))?.content,
  }),
  [oids.ocspNoCheck]: (value, path) => {
    readNull(value, path);
    return { ocspNoCheck: true };
  },
  [oids.authorityInfoAccess]: (value, path) => ({ ocspUrls: readOcspUrls(value, path) }),
  [oids.qcStatements]: (value, path) => ({ qualified: readQcStatements(value, path) }),
};

/**
 * Reads Extensions (RFC 5280 §4.2), or an empty set of them when there is no node.
 * @throws DerError also for an extension that occurs twice and for a critical one that Sealway does not know
 */
export function readExtensions(node: DerNode | undefined, path: string): CertificateExtensions {
  const extensions: CertificateExtensions = {
    keyUsage: new Set(),
    extendedKeyUsage: { critical: false, oids: [] },
    basicConstraints: { ca: false, pathLength: undefined },
    subjectAltName: { uris: [], dnsNames: [], ipAddresses: [] },
    subjectKeyId: undefined,
    authorityKeyId: undefined,
    ocspNoCheck: false,
    ocspUrls: [],
    qualified: { statements: [], types: [] },
  };
  const seen = new Set<string>();
  for (const extension of node === undefined ? [] : readSequence(node, path)) {
    const fields = new DerFields(extension, path);
    const oid = readOid(fields.any("extnID"), `${path}.extnID`);
    const critical = readFlag(fields.optional(tags.boolean), `${path}.critical`);
    const content = readOctets(fields.any("extnValue"), `${path}.extnValue`);
    fields.end();
    if (seen.has(oid)) throw new DerError(path, `extension ${oid} occurs twice`);
    seen.add(oid);
    const read = readers[oid];
    const at = `${path}[${oid}]`;
    if (read !== undefined) Object.assign(extensions, read(parseDer(content, at), at, critical));
    else if (critical) throw new DerError(path, `critical extension ${oid} is not known here`);
  }
  return extensions;
}

function readKeyUsage(value: DerNode, path: string): ReadonlySet<KeyUsage> {
  const usages = [...readNamedBits(value, path)].flatMap((bit) => keyUsages[bit] ?? []);
  return new Set(usages);
}

function readBasicConstraints(value: DerNode, path: string): CertificateExtensions["basicConstraints"] {
  const fields = new DerFields(value, path);
  const ca = readFlag(fields.optional(tags.boolean), `${path}.cA`);
  const length = fields.optional(tags.integer);
  fields.end();
  if (length !== undefined && !ca) throw new DerError(path, "a path length is for CAs only");
  return { ca, pathLength: length && readSmallInteger(length, `${path}.pathLenConstraint`) };
}

function readOcspUrls(value: DerNode, path: string): string[] {
  return readSequence(value, path).flatMap((description) => {
    const fields = new DerFields(description, path);
    const method = readOid(fields.any("accessMethod"), path);
    const location = fields.any("accessLocation");
    fields.end();
    const isUrl = method === oids.adOcsp && location.tag === primitiveTag(6);
    return isUrl ? [readAsciiName(location, path)] : [];
  });
}

function readQcStatements(value: DerNode, path: string): CertificateExtensions["qualified"] {
  const statements: string[] = [];
  const types: string[] = [];
  for (const statement of readSequence(value, path)) {
    const fields = new DerFields(statement, path);
    const oid = readOid(fields.any("statementId"), path);
    const info = fields.more ? fields.any("statementInfo") : undefined;
    fields.end();
    statements.push(oid);
    if (oid !== oids.qcType) continue;
    if (info === undefined) throw new DerError(path, "QcType names no type");
    types.push(...readSequence(info, path).map((type) => readOid(type, path)));
  }
  return { statements, types };
}

/** The `[3] EXPLICIT` around the extensions of a certificate. */
export const extensionsTag = constructedTag(3);

/** One Extension; `value` is its DER. */
export function writeExtension(oid: string, critical: "critical" | "optional", value: Uint8Array): Buffer {
  const flag = critical === "critical" ? [write.boolean(true)] : [];
  return write.sequence(write.oid(oid), ...flag, write.octetString(value));
}
