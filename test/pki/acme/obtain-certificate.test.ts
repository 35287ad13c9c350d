import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import t from "tap";
import { openChallengeDoor } from "../../../src/assembly/keys/challenge-door.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { type AcmeAccount, AcmeClient } from "../../../src/pki/acme/acme-client.ts";
import { AccountKey } from "../../../src/pki/acme/acme-signature.ts";
import { obtainCertificate } from "../../../src/pki/acme/obtain-certificate.ts";
import { parseCertificatesPem, writeCertificatesPem } from "../../../src/pki/certificate.ts";
import { requestedNames, usualNameRules } from "../../../src/pki/certificate-names.ts";
import { createCertificateRequest } from "../../../src/pki/certificate-request.ts";
import { generatePrivateKey, keyOperation } from "../../../src/pki/private-key.ts";
import { newDirectory } from "../../new-directory.ts";
import { noPebble, Pebble } from "./pebble.ts";

const key = new AccountKey(await generatePrivateKey());
const certified = keyOperation(await generatePrivateKey());
const hosts = { dnsNames: [], ipAddresses: ["127.0.0.1"] };
const holder = {
  member: unsafeId<never>("DEV/GOV/1"),
  server: unsafeId<never>("DEV/GOV/1/ss1"),
  name: "Register",
};
const request = await createCertificateRequest(
  requestedNames("tls", usualNameRules, holder, hosts),
  certified,
);
const order = { ...hosts, request };

t.test("Pebble, a real one", { skip: noPebble }, async (t) => {
  const pebble = await Pebble.start(newDirectory());
  t.teardown(() => pebble.stop());
  const { directory, root: trustedCertificates, externalAccount } = pebble;
  const account: AcmeAccount = {
    ...{ directory, trustedCertificates, externalAccount, key },
    ...{ contact: ["mailto:operations@register.example"], termsAgreed: true },
  };

  t.test("issues for our key, although it rejects nonces", async (t) => {
    const door = await openChallengeDoor("127.0.0.1", pebble.challengePort);
    t.teardown(() => door.close());
    const client = await AcmeClient.open(account);
    t.teardown(() => client.close());
    const pem = await obtainCertificate(client, order, door);
    const [leaf, ...above] = parseCertificatesPem(pem.toString("latin1"));
    t.ok(leaf!.publicKey.equals(certified.publicKey));
    t.strictSame(leaf!.subjectAltName.ipAddresses, ["127.0.0.1"]);
    t.ok(above.length > 0, "the CA above comes with it");
  });

  t.test("finds no answer to its challenge: its own word is told", async (t) => {
    const client = await AcmeClient.open(account);
    t.teardown(() => client.close());
    const silent = { answer: () => {} };
    const other = { ...order, ipAddresses: ["127.0.0.2"] };
    await t.rejects(obtainCertificate(client, { ...other, request: await requestFor(other) }, silent), {
      code: "enrolment_failed",
      message: /has given up: .*connection/,
    });
  });

  t.test("refuses an account that it does not know", async (t) => {
    const strange = { ...account, externalAccount: { keyId: "kid-1", key: Buffer.from("another") } };
    const newKey = new AccountKey(await generatePrivateKey());
    await t.rejects(AcmeClient.open({ ...strange, key: newKey }), { message: /refused with 4.*/ });
    const { externalAccount: _, ...unbound } = account;
    await t.rejects(AcmeClient.open({ ...unbound, key: newKey }), { message: /give externalAccount/ });
    await t.rejects(AcmeClient.open({ ...account, termsAgreed: false }), { message: /termsAgreed/ });
  });
});

async function requestFor(hosts: { dnsNames: string[]; ipAddresses: string[] }): Promise<Buffer> {
  return createCertificateRequest(requestedNames("tls", usualNameRules, holder, hosts), certified);
}

/** A CA that answers as a test says. */
async function hostileCa(t: { teardown(close: () => unknown): void }, respond: RequestListener) {
  const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:9/" });
  const { certificate, privateKey } = ca.issueTls(unsafeId("DEV/GOV/1/acme"), "ACME");
  const cert = writeCertificatesPem([certificate, ca.issuing.certificate]);
  const server = createServer({ cert, key: privateKey.export({ type: "pkcs8", format: "pem" }) }, respond);
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const trustedCertificates = writeCertificatesPem([ca.root.certificate]);
  const directory = `https://127.0.0.1:${port}/dir`;
  return { directory, trustedCertificates, key, contact: [], termsAgreed: true };
}

for (const [name, text] of [
  ["a directory that is no JSON", "<html>"],
  ["a directory that is no object", "[]"],
  ["a directory without places", "{}"],
  ["a place without TLS", '{"newAccount":"http://127.0.0.1/","newNonce":"http://127.0.0.1/"}'],
  ["an endless directory", `{"a":"${"a".repeat(300_000)}"}`],
] as const) {
  t.test(`refused: ${name}`, async (t) => {
    const account = await hostileCa(t, (_, response) => response.end(text));
    await t.rejects(AcmeClient.open(account), { code: "enrolment_failed" });
  });
}

t.test("refused: a CA whose HTTPS certificate is of another root", async (t) => {
  const { trustedCertificates: _, ...account } = await hostileCa(t, (_, response) => response.end("{}"));
  await t.rejects(AcmeClient.open(account), { code: "enrolment_failed", message: /cannot be asked/ });
});
