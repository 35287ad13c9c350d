import { verify } from "node:crypto";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { monotonic } from "../../../src/core/clock.ts";
import { issueCertificate } from "../../../src/dev/certificate-issue.ts";
import { createCertificateRequest, verifyCertificateRequest } from "../../../src/pki/certificate-request.ts";
import { deviceKeyOperation, deviceToken, lostDevices } from "../../../src/pki/device/device-key.ts";
import { writeDeviceKeyFile } from "../../../src/pki/device/device-key-file.ts";
import { DeviceToken } from "../../../src/pki/device/device-token.ts";
import { ecdsaRawToDer } from "../../../src/pki/ecdsa-signature.ts";
import { loadKeyOperation } from "../../../src/pki/load-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { newCa, now } from "../fixtures.ts";
import { softDevice, withoutDevice } from "./soft-device.ts";

const data = Buffer.from("signed");

t.test("keys on a device", { skip: withoutDevice }, async (t) => {
  const { module, directory, tokens } = softDevice(["members", "others"]);
  const pin = "1234";
  const members = { module, token: "members", sessions: 4 };
  const token = deviceToken(members, pin);
  t.teardown(() => token.close());

  t.test("made on it, they cannot leave it, and what they sign their public keys verify", async (t) => {
    for (const [kind, jws] of [
      ["ec", "ES256"],
      ["rsa", "RS256"],
    ] as const) {
      const made = await token.ask({ ask: "make", label: kind, kind });
      t.equal(made.bound, "to the device");
      const operation = await deviceKeyOperation({ ...members, id: made.id }, pin);
      t.equal(operation.algorithm.jws, jws);
      const signatures = await Promise.all(Array.from({ length: 20 }, () => operation.signDer(data)));
      t.ok(signatures.every((one) => verify("sha256", data, operation.publicKey, one)));
    }
    await t.rejects(token.ask({ ask: "make", label: "ec", kind: "ec" }), /already/);
    t.strictSame((await token.ask({ ask: "keys" })).map(({ label }) => label).sort(), ["ec", "rsa"]);
  });

  t.test("one seals for a member like a key in a file", async (t) => {
    const file = join(directory, "seal.key");
    writeFileSync(join(directory, "pin"), `${pin}\n`, { mode: 0o600 });
    writeFileSync(file, writeDeviceKeyFile({ ...members, label: "ec", pinFile: "pin" }), { mode: 0o600 });
    const operation = await loadKeyOperation(file, "no passphrase is needed");
    const subject = { commonName: "seal" };
    const names = { subject, alternativeNames: { uris: [], dnsNames: [], ipAddresses: [] } };
    const request = verifyCertificateRequest(await createCertificateRequest(names, operation));
    const certificate = issueCertificate(
      {
        subject,
        publicKey: request.publicKey,
        notBefore: now,
        notAfter: now + 1000,
        keyUsage: ["nonRepudiation"],
      },
      newCa().issuing,
    );
    const signer = new SignerPool(certificate, operation);
    const signatures = await Promise.all(Array.from({ length: 50 }, () => signer.sign(data)));
    t.ok(signatures.every((one) => verify("sha256", data, certificate.publicKey, ecdsaRawToDer(one))));

    chmodSync(join(directory, "pin"), 0o644);
    await t.rejects(loadKeyOperation(file, ""), { code: "signer_unavailable" }, "a PIN that others may read");
    writeFileSync(file, JSON.stringify({ pkcs11: { ...members, slots: 1, pinFile: "pin" } }));
    await t.rejects(
      loadKeyOperation(file, ""),
      /label[\s\S]*slots: unknown key/,
      "each fault of the file is named",
    );
  });

  t.test("each token of several slots has its keys", async (t) => {
    const others = { module, token: "others", sessions: 1 };
    await deviceToken(others, pin).ask({ ask: "make", label: "ec", kind: "ec" });
    const [one, other] = await Promise.all(
      [members, others].map((address) => deviceKeyOperation({ ...address, label: "ec" }, pin)),
    );
    t.notOk(one!.publicKey.equals(other!.publicKey));
    t.ok(verify("sha256", data, other!.publicKey, await other!.signDer(data)));
    const more = await deviceKeyOperation({ ...members, sessions: 9, label: "ec" }, pin);
    t.equal(more.concurrency, 4, "of one token all keys share its sessions");
    const guessed = deviceKeyOperation({ ...members, label: "ec" }, "4321");
    await t.rejects(guessed, { code: "signer_unavailable", message: /another PIN/ }, "nor a login of others");
    const wrong = deviceKeyOperation({ ...members, label: "nobody" }, pin);
    await t.rejects(wrong, { code: "signer_unavailable", message: /no key nobody/ });
    const nowhere = deviceKeyOperation({ module, token: "elsewhere", label: "ec", sessions: 1 }, pin);
    await t.rejects(nowhere, /no token elsewhere, but .*members/);
    t.match(lostDevices(), [{ device: `elsewhere of ${module}` }]);
    deviceToken({ module, token: "elsewhere", sessions: 1 }, pin).close();
    deviceToken(others, pin).close();
  });

  t.test("this thread does not wait for it", async (t) => {
    const rsa = await deviceKeyOperation({ ...members, label: "rsa" }, pin);
    let turns = 0;
    const watch = setInterval(() => {
      turns += 1;
    }, 1);
    await Promise.all(Array.from({ length: 200 }, () => rsa.signDer(data)));
    clearInterval(watch);
    // Had this thread made the signatures, it would have had no turn meanwhile.
    t.ok(turns > 0, `${turns} turns of it`);
  });

  t.test("a device that goes away fails what is asked meanwhile, and is found back by itself", async (t) => {
    const operation = await deviceKeyOperation({ ...members, label: "ec" }, pin);
    renameSync(tokens, `${tokens}.away`);
    // What a library keeps in memory of a device that is gone differs: its process ends as well.
    token.close();
    await t.rejects(async () => operation.signDer(data));
    t.equal(token.loss?.error.fault, "device");
    t.match(operation.problem?.(), /^the device members of /, "who needs a signature later can know before");
    renameSync(`${tokens}.away`, tokens);
    const until = monotonic() + 30_000;
    while (token.loss !== undefined && monotonic() < until) await sleep(50);
    t.equal(token.loss, undefined);
    t.ok(verify("sha256", data, operation.publicKey, await operation.signDer(data)));
  });

  t.test("a library that hangs is given up, one that crashed is started again", async (t) => {
    const own = new DeviceToken({ ...members, pin }, 2_000);
    t.teardown(() => own.close());
    const sign = () => own.ask({ ask: "sign", key: { label: "ec" }, kind: "ec", input: Buffer.alloc(32) });
    // On a busy machine its process may take longer to start than a signature may.
    const until = monotonic() + 30_000;
    const signed = async (): Promise<Uint8Array> =>
      sign().catch((error) => (monotonic() < until ? sleep(200).then(signed) : Promise.reject(error)));
    await signed();
    process.kill(own.pid!, "SIGSTOP");
    await t.rejects(sign(), /SIGKILL/);
    t.equal((await signed()).length, 64);
  });

  t.test("a PIN that was refused is not tried again", async (t) => {
    const own = new DeviceToken({ module, token: "others", pin: "9999", sessions: 1 });
    t.teardown(() => own.close());
    await t.rejects(own.ask({ ask: "open" }), { message: "CKR_PIN_INCORRECT", fault: "pin" });
    await t.rejects(own.ask({ ask: "open" }), { message: "CKR_PIN_INCORRECT" });
    const next = new DeviceToken({ module, token: "others", pin: "9999", sessions: 1 });
    t.teardown(() => next.close());
    await t.rejects(next.ask({ ask: "open" }), /an earlier login failed/, "not by the next start either");
  });
});
