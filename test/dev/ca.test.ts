import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parseCertificatesPem } from "../../src/pki/certificate.ts";
import { checkPurpose } from "../../src/pki/certificate-purpose.ts";
import { verifyChain } from "../../src/pki/chain.ts";
import { loadKeyFile } from "../../src/pki/key-file.ts";
import { keyOperation } from "../../src/pki/private-key.ts";
import { SignerPool } from "../../src/pki/signer.ts";
import { newDirectory } from "../new-directory.ts";
import { member, newCa, now, openssl, server, writePemFile } from "../pki/fixtures.ts";

t.test("openssl -x509_strict accepts every profile, each for its purpose", async (t) => {
  const ca = newCa();
  const directory = newDirectory();
  const root = writePemFile(directory, "root.pem", ca.root.certificate);
  const issuing = writePemFile(directory, "issuing.pem", ca.issuing.certificate);
  const verify = (file: string, ...options: string[]) =>
    openssl(
      directory,
      "verify",
      "-x509_strict",
      "-attime",
      String(now / 1000),
      "-CAfile",
      root,
      ...options,
      file,
    );
  const profiles = {
    seal: [ca.issueSeal(member, "Population Register"), []],
    tls: [ca.issueTls(server, "Population Register"), ["-purpose", "sslserver", "-verify_ip", "127.0.0.1"]],
    ocsp: [ca.issueOcspSigner(), ["-purpose", "ocsphelper"]],
    timestamp: [ca.issueTimestamping(), ["-purpose", "timestampsign"]],
  } as const;
  t.match(verify(root), "OK");
  t.match(verify(issuing), "OK");
  for (const [name, [identity, options]] of Object.entries(profiles)) {
    const file = writePemFile(directory, `${name}.pem`, identity.certificate);
    t.match(verify(file, "-untrusted", issuing, ...options), "OK", name);
    t.ok(new X509Certificate(identity.certificate.der).checkPrivateKey(identity.privateKey));
  }
  const shown = openssl(directory, "x509", "-in", "timestamp.pem", "-noout", "-ext", "extendedKeyUsage");
  t.match(shown, /critical\s+Time Stamping\s*$/);
  t.match(openssl(directory, "x509", "-in", "ocsp.pem", "-noout", "-text"), "OCSP No Check");
  t.ok(profiles.ocsp[0].certificate.ocspNoCheck);
});

t.test("makes expired certificates, and serial numbers of 9 bytes that do not repeat", async (t) => {
  const ca = newCa();
  const old = ca.issueSeal(member, "Old", { notBefore: now - 2000, notAfter: now - 1000 }).certificate;
  const rules = { anchors: [ca.root.certificate], intermediates: [ca.issuing.certificate], at: now };
  t.throws(() => verifyChain(old, rules), { code: "certificate_expired" });
  t.equal(verifyChain(old, { ...rules, at: now - 1000 }).length, 3);
  const serials = Array.from({ length: 20 }, () =>
    ca.issueSeal(member, "X").certificate.serial.toString("hex"),
  );
  t.equal(new Set(serials).size, 20);
  t.ok(serials.every((serial) => serial.length === 18));
});

t.test("certs-dev/generate.ts writes a PKI that the loaders take, and overwrites no key", async (t) => {
  const out = join(newDirectory(), "out");
  const script = join(import.meta.dirname, "../../certs-dev/generate.ts");
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [script, ...args], { encoding: "utf8", stdio: "pipe" });
  t.match(run("--help"), /--server ID/);
  t.match(run("--out", out, "--server", server), "1 security servers");
  const read = (...path: string[]) => parseCertificatesPem(readFileSync(join(out, ...path), "utf8"));
  const anchors = read("anchors.pem");
  const passphrase = readFileSync(join(out, "passphrase"), "utf8");
  t.equal(statSync(join(out, "passphrase")).mode & 0o777, 0o600);
  for (const purpose of ["seal", "tls"] as const) {
    const [leaf, ...intermediates] = read(server, `${purpose}.cert.pem`);
    verifyChain(leaf!, { anchors, intermediates, at: leaf!.notBefore, purpose });
    const key = await loadKeyFile(join(out, server, `${purpose}.key.pem`), passphrase);
    t.equal((await new SignerPool(leaf!, keyOperation(key)).sign(Buffer.of(1))).length, 64);
  }
  checkPurpose(read("trust-services", "ocsp.cert.pem")[0]!, "ocsp");
  checkPurpose(read("trust-services", "tsa.cert.pem")[0]!, "timestamp");
  t.throws(() => run("--out", out), { message: /generate\.ts: EEXIST/ });
  t.throws(() => run("--out", out, "--server", "DEV"), { message: /a server identifier has 4 parts/ });
  t.equal(readFileSync(join(out, "passphrase"), "utf8"), passphrase);
});
