import { createPublicKey } from "node:crypto";
import { join } from "node:path";
import t from "tap";
import { request } from "undici";
import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { writeIdentity } from "../../src/dev/identity-files.ts";
import { loadTrustIdentities, newTrustIdentities, startTrustServices } from "../../src/dev/trust-services.ts";
import { parseCertificate, parseCertificatesPem } from "../../src/pki/certificate.ts";
import { createCertificateRequest } from "../../src/pki/certificate-request.ts";
import { verifyChain } from "../../src/pki/chain.ts";
import { generatePrivateKey, keyOperation } from "../../src/pki/private-key.ts";
import { newDirectory } from "../new-directory.ts";

const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:8889/" });
const anyPorts = { ca: 0, ocsp: 0, tsa: 0 };

t.test("the CA's desk shows its certificates and answers a request with one", async (t) => {
  const services = await startTrustServices(newTrustIdentities(ca), systemClock, anyPorts);
  t.teardown(() => services.close());
  const root = await request(`${services.ca.url}root.pem`);
  t.equal(parseCertificatesPem(await root.body.text())[0]!.fingerprint, ca.root.certificate.fingerprint);
  const privateKey = await generatePrivateKey();
  const names = {
    subject: { commonName: "new seal" },
    alternativeNames: { uris: [], dnsNames: [], ipAddresses: [] },
  };
  const der = await createCertificateRequest(names, keyOperation(privateKey));
  const answered = await request(`${services.ca.url}certificates/seal`, { method: "POST", body: der });
  const certificate = parseCertificate(Buffer.from(await answered.body.arrayBuffer()));
  const rules = { intermediates: [ca.issuing.certificate], anchors: [ca.root.certificate] };
  t.equal(verifyChain(certificate, { ...rules, at: systemClock.now(), purpose: "seal" }).length, 3);
  t.ok(certificate.publicKey.equals(createPublicKey(privateKey)));
  t.strictSame(certificate.ocspUrls, [services.ocsp.url]);
  const altered = Buffer.from(der);
  altered[altered.length - 1]! ^= 1;
  const refused = await request(`${services.ca.url}certificates/seal`, { method: "POST", body: altered });
  t.equal(refused.statusCode, 400);
  t.equal((await request(services.ca.url)).statusCode, 404);
});

t.test("a port that is taken stops all of it", async (t) => {
  const services = await startTrustServices(newTrustIdentities(ca), systemClock, anyPorts);
  t.teardown(() => services.close());
  const again = startTrustServices(newTrustIdentities(ca), systemClock, {
    ...anyPorts,
    ca: services.ca.port,
  });
  await t.rejects(again, { code: "EADDRINUSE" });
});

t.test("identities that were written to files are loaded", async (t) => {
  const directory = join(newDirectory(), "trust-services");
  const identities = newTrustIdentities(ca);
  const names = {
    "root-ca": identities.root,
    "issuing-ca": identities.issuing,
    ocsp: identities.ocsp,
    tsa: identities.tsa,
  };
  for (const [name, identity] of Object.entries(names))
    await writeIdentity(directory, name, identity, "secret");
  const loaded = await loadTrustIdentities(directory, "secret");
  for (const name of ["root", "issuing", "ocsp", "tsa"] as const) {
    const fingerprints = ({ certificate, chain }: (typeof loaded)[typeof name]) =>
      [certificate, ...chain].map(({ fingerprint }) => fingerprint);
    t.strictSame(fingerprints(loaded[name]), fingerprints(identities[name]), name);
    t.ok(loaded[name].privateKey.equals(identities[name].privateKey), name);
  }
});
