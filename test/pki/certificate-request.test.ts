import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { SealwayError } from "../../src/core/errors.ts";
import { writeSignatureAlgorithm } from "../../src/pki/algorithms.ts";
import { createCertificateRequest, verifyCertificateRequest } from "../../src/pki/certificate-request.ts";
import { DerError, parseDer } from "../../src/pki/der.ts";
import * as write from "../../src/pki/der-writer.ts";
import { oids } from "../../src/pki/oids.ts";
import { parsePem, writePem } from "../../src/pki/pem.ts";
import { generatePrivateKey, keyOperation } from "../../src/pki/private-key.ts";
import { newDirectory } from "../new-directory.ts";
import { openssl } from "./fixtures.ts";

const names = {
  subject: { organizationName: "Põhja vald", organizationIdentifier: "DEV/GOV/10000001", commonName: "seal" },
  alternativeNames: {
    uris: ["sealway://DEV/GOV/10000001/ss1"],
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
  },
};
const noNames = { uris: [], dnsNames: [], ipAddresses: [] };

for (const jws of ["ES256", "RS256"] as const) {
  t.test(`${jws}: openssl accepts our request and shows what it asks for`, async (t) => {
    const key = keyOperation(await generatePrivateKey(jws));
    const der = await createCertificateRequest(names, key);
    const directory = newDirectory();
    writeFileSync(join(directory, "r.pem"), writePem("CERTIFICATE REQUEST", der));
    const shown = openssl(directory, "req", "-in", "r.pem", "-verify", "-noout", "-text", "-nameopt", "utf8");
    t.match(shown, "O=Põhja vald, organizationIdentifier=DEV/GOV/10000001, CN=seal");
    t.match(shown, "URI:sealway://DEV/GOV/10000001/ss1, DNS:localhost, IP Address:127.0.0.1");
    const request = verifyCertificateRequest(der);
    t.same(request.subject, names.subject);
    t.same(request.alternativeNames, names.alternativeNames);
    t.ok(request.publicKey.equals(key.publicKey));
  });
}

t.test("a request without alternative names", async (t) => {
  const key = keyOperation(await generatePrivateKey());
  const der = await createCertificateRequest({ subject: names.subject, alternativeNames: noNames }, key);
  t.same(verifyCertificateRequest(der).alternativeNames, noNames);
});

t.test("reads what openssl made; a weak key is refused", async (t) => {
  const directory = newDirectory();
  const make = (...key: string[]) => {
    const rest = [
      "-keyout",
      "k.pem",
      "-subj",
      "/O=Org/CN=x",
      "-addext",
      "subjectAltName=DNS:a.example",
      "-out",
      "r.pem",
    ];
    openssl(directory, "req", "-new", "-nodes", ...key, ...rest);
    return parsePem(readFileSync(join(directory, "r.pem"), "utf8"), "CERTIFICATE REQUEST")[0]!;
  };
  const request = verifyCertificateRequest(make("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"));
  t.same(request.subject, { organizationName: "Org", commonName: "x" });
  t.same(request.alternativeNames.dnsNames, ["a.example"]);
  t.throws(() => verifyCertificateRequest(make("-newkey", "rsa:2048")), { code: "certificate_unfit" });
});

t.test("a request with another's key is refused", async (t) => {
  const key = keyOperation(await generatePrivateKey());
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const der = await createCertificateRequest(names, { ...key, publicKey });
  t.throws(() => verifyCertificateRequest(der), { name: "SealwayError", code: "invalid_signature" });
});

t.test("faulty requests are refused by name", async (t) => {
  const key = keyOperation(await generatePrivateKey());
  const der = await createCertificateRequest(names, key);
  const [version, subject, spki, attributes] = parseDer(der, "").children[0]!.children.map(
    (node) => node.der,
  );
  const attribute = parseDer(attributes!, "").children[0]!.der;
  const signed = (...info: Buffer[]) => {
    const algorithm = writeSignatureAlgorithm(key.algorithm);
    const body = write.sequence(...info);
    return write.sequence(body, algorithm, write.bitString(key.signDer(body) as Buffer));
  };
  const twice = write.implicit(0, write.setOf(attribute, attribute));
  const critical = write.sequence(
    write.oid(oids.extensionRequest),
    write.setOf(
      write.sequence(
        write.sequence(write.oid("1.2.3"), write.boolean(true), write.octetString(write.nothing())),
      ),
    ),
  );
  const cases: [string, Buffer, RegExp][] = [
    ["trailing byte", Buffer.concat([der, Buffer.of(0)]), /not one whole/],
    ["too long", Buffer.alloc(16_385), /longer than 16384/],
    ["another version", signed(write.integer(1), subject!, spki!, attributes!), /not version 1/],
    ["no attributes field", signed(version!, subject!, spki!), /attributes: missing/],
    ["a field too many", signed(version!, subject!, spki!, attributes!, write.nothing()), /unexpected field/],
    ["extensions twice", signed(version!, subject!, spki!, twice), /requested twice/],
    [
      "unknown critical extension",
      signed(version!, subject!, spki!, write.explicit(0, critical)),
      /critical extension/,
    ],
  ];
  for (const [fault, bytes, message] of cases) {
    t.throws(() => verifyCertificateRequest(bytes), { name: "DerError", message }, fault);
  }
});

t.test("a request with one changed byte is never accepted", async () => {
  const der = await createCertificateRequest(names, keyOperation(await generatePrivateKey()));
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(der);
      changed[at]! ^= change;
      try {
        verifyCertificateRequest(changed);
        return false;
      } catch (error) {
        return error instanceof DerError || error instanceof SealwayError;
      }
    }),
    { numRuns: 300 },
  );
});
