import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { parseCertificate, parseCertificatesPem } from "../../src/pki/certificate.ts";
import { DerError, parseDer } from "../../src/pki/der.ts";
import * as write from "../../src/pki/der-writer.ts";
import { oids } from "../../src/pki/oids.ts";
import { sealClassOf } from "../../src/pki/seal-class.ts";
import { newDirectory } from "../new-directory.ts";
import { member, newCa, now, openssl, server, writePemFile } from "./fixtures.ts";

const ca = newCa();
const tls = ca.issueTls(server, "Population Register");

/** The fields of TBSCertificate, to build faulty certificates from. */
const [tbs, algorithm, signature] = parseDer(tls.certificate.der, "").children;
const fields = tbs!.children.map(({ der }) => der);
const [version, serial, , issuer, validity, subject, spki, extensions] = fields as Buffer[];

function rebuilt(changes: { [index: number]: Buffer }, ...more: Buffer[]): Buffer {
  const changed = fields.map((field, index) => changes[index] ?? field);
  return write.sequence(write.sequence(...changed, ...more), algorithm!.der, signature!.der);
}

function withExtension(oid: string, value: Buffer, critical = true): Buffer {
  const flag = critical ? [write.boolean(true)] : [];
  const extension = write.sequence(write.oid(oid), ...flag, write.octetString(value));
  return rebuilt({ 7: write.explicit(3, write.sequence(extension)) });
}

t.test("the class of a seal is what its CA states of it", async (t) => {
  const seal = (qualified?: "qualified" | "advanced-on-qualified-certificate") =>
    ca.issueSeal(member, "Population Register", qualified && { qualified }).certificate;
  t.equal(sealClassOf(seal()), "advanced");
  t.equal(sealClassOf(seal("advanced-on-qualified-certificate")), "advanced-on-qualified-certificate");
  t.equal(sealClassOf(seal("qualified")), "qualified");
  const directory = newDirectory();
  const file = writePemFile(directory, "seal.pem", seal("qualified"));
  const shown = openssl(directory, "x509", "-in", file, "-noout", "-ext", "qcStatements");
  t.match(shown, /id-etsi-qcs-QcCompliance|qcStatements/i, "openssl reads the extension");
  const statement = (...oidList: string[]) => write.sequence(...oidList.map(write.oid));
  const qc = (...statements: Buffer[]) =>
    parseCertificate(withExtension(oids.qcStatements, write.sequence(...statements), false));
  const type = (...types: string[]) => write.sequence(write.oid(oids.qcType), statement(...types));
  const natural = "0.4.0.1862.1.6.1";
  t.equal(
    sealClassOf(qc(statement(oids.qcCompliance), statement(oids.qcDevice))),
    "advanced",
    "of no type: not for seals",
  );
  t.equal(
    sealClassOf(qc(statement(oids.qcCompliance), type(natural))),
    "advanced",
    "for a person's signatures",
  );
  t.equal(
    sealClassOf(qc(statement(oids.qcDevice), type(oids.qcTypeSeal))),
    "advanced",
    "a device alone qualifies nothing",
  );
  t.equal(
    sealClassOf(qc(type(natural, oids.qcTypeSeal), statement(oids.qcCompliance))),
    "advanced-on-qualified-certificate",
  );
  t.throws(() => qc(statement(oids.qcType)), DerError, "QcType without types");
  t.throws(() => qc(write.integer(1)), DerError);
});

t.test("reads every field that openssl shows", async (t) => {
  const directory = newDirectory();
  const file = writePemFile(directory, "tls.pem", tls.certificate);
  const { certificate } = tls;
  const shown = openssl(directory, "x509", "-in", file, "-noout", "-text", "-fingerprint", "-sha256");
  const hex = shown.match(/Fingerprint=([0-9A-F:]+)/)![1]!.replaceAll(":", "");
  t.equal(certificate.fingerprint, Buffer.from(hex, "hex").toString("base64url"));
  t.match(shown, certificate.serial.toString("hex").match(/../g)!.join(":"));
  t.match(shown, "organizationIdentifier = DEV/GOV/10000001, CN = DEV/GOV/10000001/ss1");
  t.match(shown, "URI:sealway://DEV/GOV/10000001/ss1, DNS:localhost, IP Address:127.0.0.1");
  t.match(shown, "OCSP - URI:http://127.0.0.1:8889/");
  t.match(shown, /X509v3 Key Usage: critical\n\s+Digital Signature\n/);
  t.match(shown, "TLS Web Server Authentication, TLS Web Client Authentication");
  t.same(certificate.subjectAttributes, {
    countryName: "EU",
    organizationName: "Population Register",
    organizationIdentifier: member,
    commonName: server,
  });
  t.same(certificate.subjectAltName, {
    uris: ["sealway://DEV/GOV/10000001/ss1"],
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
  });
  t.same([...certificate.keyUsage], ["digitalSignature"]);
  t.same(certificate.extendedKeyUsage, { critical: false, oids: [oids.serverAuth, oids.clientAuth] });
  t.same(certificate.ocspUrls, ["http://127.0.0.1:8889/"]);
  t.same(certificate.authorityKeyId, ca.issuing.certificate.subjectKeyId);
  t.equal(certificate.notBefore, now - 3_600_000);
  t.equal(certificate.notAfter, now + 365 * 86_400_000);
  t.equal(certificate.algorithm.jws, "ES256");
  t.equal(certificate.publicKey, certificate.publicKey, "the key is kept");
});

t.test("reads certificates that openssl made", async (t) => {
  const directory = newDirectory();
  const request = [
    "req",
    "-x509",
    "-nodes",
    "-keyout",
    "k.pem",
    "-days",
    "30",
    "-subj",
    "/C=EE/O=Järgi/CN=x",
  ];
  const usage = ["-utf8", "-addext", "keyUsage=critical,nonRepudiation,digitalSignature"];
  const make = (file: string, ...key: string[]) => {
    openssl(directory, ...request, ...usage, ...key, "-out", file);
    return parseCertificatesPem(readFileSync(join(directory, file), "utf8"))[0]!;
  };
  const ec = make("ec.pem", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
  t.equal(ec.algorithm.jws, "ES256");
  t.same([...ec.keyUsage], ["digitalSignature", "nonRepudiation"]);
  t.equal(ec.subjectAttributes.organizationName, "Järgi");
  t.same(ec.basicConstraints, { ca: true, pathLength: undefined });
  const rsa = make("rsa.pem", "-newkey", "rsa:3072", "-sha384");
  t.equal(rsa.algorithm.jws, "RS256");
  t.same(rsa.signatureScheme, { keyType: "rsa", digest: "sha384" });
  const weak = make("weak.pem", "-newkey", "rsa:2048");
  t.throws(
    () => weak.algorithm,
    { name: "SealwayError", code: "certificate_unfit", message: /rsa 2048/ },
    "RSA 2048",
  );
  const large = make("large.pem", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384");
  t.throws(() => large.algorithm, { code: "certificate_unfit" }, "P-384 signs no messages");
  const other = make("other.pem", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1");
  t.throws(() => other.algorithm, { code: "certificate_unfit" }, "secp256k1");
});

t.test("each faulty certificate is refused by name", async (t) => {
  const utc = (text: string) => write.value(0x17, Buffer.from(text));
  const sequenceOf = (...parts: Buffer[]) => write.explicit(3, write.sequence(...parts));
  const list = parseDer(extensions!, "").children[0]!.children.map(({ der }) => der);
  const name = (text: Buffer) =>
    write.sequence(write.setOf(write.sequence(write.oid(oids.commonName), text)));
  const twice = Buffer.concat([1, 2].map(() => name(write.utf8String("x")).subarray(2)));
  const cases: [string, Buffer, RegExp][] = [
    ["trailing bytes", Buffer.concat([tls.certificate.der, Buffer.of(0)]), /not one whole/],
    ["over 16 KiB", Buffer.alloc(16_385), /longer than 16384/],
    ["version 1", rebuilt({ 0: write.explicit(0, write.integer(0)) }), /not version 3/],
    [
      "no version",
      write.sequence(write.sequence(...fields.slice(1)), algorithm!.der, signature!.der),
      /version/,
    ],
    ["negative serial", rebuilt({ 1: Buffer.from("020181", "hex") }), /serialNumber: out of range/],
    ["serial of 21 octets", rebuilt({ 1: write.integer(Buffer.alloc(21, 1)) }), /serialNumber: out of range/],
    [
      "two algorithms",
      rebuilt({ 2: write.sequence(write.oid(oids.ecdsaWithSha384)) }),
      /differs from the outer/,
    ],
    ["issuer that is no name", rebuilt({ 3: write.sequence(write.integer(1)) }), /issuer/],
    [
      "time without seconds",
      rebuilt({ 4: write.sequence(utc("2611220000Z"), utc("271122000000Z")) }),
      /malformed time/,
    ],
    ["attribute twice", rebuilt({ 5: write.value(0x30, twice) }), /subject.commonName: occurs twice/],
    [
      "malformed text",
      rebuilt({ 5: name(write.value(0x0c, Buffer.of(0xff))) }),
      /malformed character string/,
    ],
    [
      "key that is none",
      rebuilt({ 6: write.sequence(write.integer(1), write.integer(2)) }),
      /subjectPublicKeyInfo/,
    ],
    ["field after the extensions", rebuilt({}, write.nothing()), /unexpected field/],
    ["extension twice", rebuilt({ 7: sequenceOf(...list, list[0]!) }), /occurs twice/],
    [
      "unknown critical extension",
      withExtension("1.2.3.4", write.nothing()),
      /critical extension 1\.2\.3\.4/,
    ],
    ["critical name constraints", withExtension("2.5.29.30", write.sequence()), /critical extension/],
    [
      "path length without CA",
      withExtension(oids.basicConstraints, write.sequence(write.integer(1))),
      /CAs only/,
    ],
    [
      "encoded default",
      withExtension(oids.basicConstraints, write.sequence(write.boolean(false))),
      /default/,
    ],
    ["no extended key usage", withExtension(oids.extKeyUsage, write.sequence()), /empty/],
    [
      "NUL in a name",
      withExtension(oids.subjectAltName, write.sequence(write.value(0x82, Buffer.from("a\0b")))),
      /name/,
    ],
    [
      "bytes after an extension",
      withExtension(oids.ocspNoCheck, Buffer.from("050000", "hex")),
      /not one whole/,
    ],
  ];
  for (const [fault, der, message] of cases) {
    t.throws(() => parseCertificate(der), { name: "DerError", message }, fault);
  }
  const md5 = write.sequence(write.oid("1.2.840.113549.1.1.4"), write.nothing());
  const parts = [version, serial, md5, issuer, validity, subject, spki, extensions] as Buffer[];
  const old = write.sequence(write.sequence(...parts), md5, signature!.der);
  t.throws(() => parseCertificate(old), { message: /1\.2\.840\.113549\.1\.1\.4 is not accepted/ }, "MD5");
  const parameters = write.sequence(write.oid(oids.ecdsaWithSha256), write.nothing());
  const stray = write.sequence(write.sequence(...parts.with(2, parameters)), parameters, signature!.der);
  t.throws(() => parseCertificate(stray), { message: /takes no parameters/ }, "ECDSA with NULL");
  const badKey = write.sequence(write.sequence(write.oid("1.2.3")), write.bitString(Buffer.of(1)));
  t.throws(
    () => parseCertificate(rebuilt({ 6: badKey })).publicKey,
    { message: /unreadable key/ },
    "unknown key",
  );
  t.doesNotThrow(() => parseCertificate(withExtension("1.2.3.4", write.nothing(), false)));
});

t.test("later changes of the caller's buffer do not reach the certificate", async (t) => {
  const bytes = Buffer.from(tls.certificate.der);
  const certificate = parseCertificate(bytes);
  bytes.fill(0);
  t.same(certificate.tbs, tls.certificate.tbs);
});

t.test("PEM of several certificates, with text around them", async (t) => {
  const directory = newDirectory();
  const file = writePemFile(directory, "chain.pem", tls.certificate, ...tls.chain);
  const text = readFileSync(join(directory, file), "utf8");
  const found = parseCertificatesPem(`Subject: somebody\n${text.replaceAll("\n", "\r\n")}`);
  t.same(
    found.map(({ fingerprint }) => fingerprint),
    [tls.certificate, ...tls.chain].map(({ fingerprint }) => fingerprint),
  );
  t.throws(() => parseCertificatesPem("nothing"), { name: "DerError", message: /no such block/ });
  t.throws(() => parseCertificatesPem(text.replace("MII", "M=I")), DerError);
});

t.test(
  "a certificate with one changed byte parses or is refused, and never throws anything else",
  async () => {
    const { der } = tls.certificate;
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(der);
        changed[at] = byte;
        try {
          parseCertificate(changed);
          return true;
        } catch (error) {
          return error instanceof DerError;
        }
      }),
      { numRuns: 500 },
    );
  },
);
