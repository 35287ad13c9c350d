import { generateKeyPairSync, verify } from "node:crypto";
import t from "tap";
import { ecdsaRawToDer } from "../../src/pki/ecdsa-signature.ts";
import { generatePrivateKey, keyOperation } from "../../src/pki/private-key.ts";
import { type KeyOperation, SignerPool } from "../../src/pki/signer.ts";
import { member, newCa } from "./fixtures.ts";

const ca = newCa();
const { certificate, privateKey } = ca.issueSeal(member, "Population Register");
const data = Buffer.from("signed");

t.test("ES256: 64 octets, which the certificate's key verifies", async (t) => {
  const signer = new SignerPool(certificate, keyOperation(privateKey));
  t.equal(signer.algorithm.jws, "ES256");
  for (const signature of await Promise.all(Array.from({ length: 20 }, () => signer.sign(data)))) {
    t.equal(signature.length, 64);
    t.ok(verify("sha256", data, certificate.publicKey, ecdsaRawToDer(signature)));
  }
});

t.test("RS256: signed in the thread pool, verified by the certificate's key", async (t) => {
  const rsa = ca.issueSeal(member, "Population Register", { privateKey: await generatePrivateKey("RS256") });
  const signer = new SignerPool(rsa.certificate, keyOperation(rsa.privateKey));
  t.equal(signer.algorithm.jws, "RS256");
  let turns = 0;
  const count = setInterval(() => turns++, 0);
  const signatures = await Promise.all(Array.from({ length: 8 }, () => signer.sign(data)));
  clearInterval(count);
  t.ok(turns > 0, "the event loop turned while the keys worked");
  for (const signature of signatures) t.ok(verify("sha256", data, rsa.certificate.publicKey, signature));
});

t.test("a key that is not the certificate's", async (t) => {
  const other = keyOperation(await generatePrivateKey());
  t.throws(() => new SignerPool(certificate, other), { name: "SealwayError", code: "signer_unavailable" });
});

/** A driver that signs when the test says so, as a slow token would. */
function slowToken(concurrency: number) {
  const key = keyOperation(privateKey);
  const waiting: {
    data: Uint8Array;
    resolve: (signature: Buffer) => void;
    reject: (error: Error) => void;
  }[] = [];
  const operation: KeyOperation = {
    ...key,
    concurrency,
    signDer: (data) => new Promise((resolve, reject) => waiting.push({ data, resolve, reject })),
  };
  const finish = async () => {
    const { data, resolve } = waiting.shift()!;
    resolve(await key.signDer(data));
  };
  return { operation, waiting, finish };
}

t.test("no more than the driver takes at once, in order, the rest waits", async (t) => {
  const token = slowToken(2);
  const signer = new SignerPool(certificate, token.operation, 3);
  const done: number[] = [];
  const all = [0, 1, 2, 3, 4].map(async (n) => {
    await signer.sign(Buffer.of(n));
    done.push(n);
  });
  t.equal(token.waiting.length, 2);
  await t.rejects(signer.sign(data), { code: "signer_unavailable", detail: /too many signatures wait/ });
  for (let left = 5; left > 0; left--) {
    t.equal(token.waiting.length, Math.min(2, left));
    await token.finish();
    await new Promise(setImmediate);
  }
  await Promise.all(all);
  t.same(done, [0, 1, 2, 3, 4]);
});

t.test("a failed signature is told, and the next one goes on", async (t) => {
  const token = slowToken(1);
  const signer = new SignerPool(certificate, token.operation, 1);
  const first = signer.sign(data);
  const second = signer.sign(data);
  const cause = new Error("CKR_DEVICE_ERROR");
  token.waiting.shift()!.reject(cause);
  await t.rejects(first, { code: "signer_unavailable", cause });
  await token.finish();
  t.equal((await second).length, 64);
});

t.test("a driver that returns something else than a signature", async (t) => {
  const broken = { ...keyOperation(privateKey), signDer: () => Buffer.alloc(70) };
  await t.rejects(new SignerPool(certificate, broken).sign(data), { code: "signer_unavailable" });
});

t.test("a key that may not sign messages", async (t) => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  t.throws(() => keyOperation(weak), { code: "certificate_unfit" });
  t.throws(() => keyOperation(generateKeyPairSync("ed25519").privateKey), { code: "certificate_unfit" });
});
