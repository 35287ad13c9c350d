import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { flattenedVerify } from "jose";
import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/signature.json" with { type: "json" };
import { fromBase64Url, toBase64Url } from "../../src/core/bytes.ts";
import { SealwayError } from "../../src/core/errors.ts";
import {
  parseSignature,
  signaturePolicy,
  signObjects,
  verifySignatureValue,
} from "../../src/message/signature-profile.ts";
import { ecdsaRawToDer } from "../../src/pki/ecdsa-signature.ts";
import { generatePrivateKey } from "../../src/pki/private-key.ts";
import { edited } from "./edit.ts";
import { ca, consumerSeal, now, providerMember, type Seal, seal, sealOf } from "./scene.ts";

const { certificate } = consumerSeal.identity;
const message = await seal();
const rsaSeal = sealOf(
  providerMember,
  ca.issueSeal(providerMember, "Agency", { privateKey: await generatePrivateKey("RS256") }),
);
const seals: [string, Seal][] = [
  ["ES256", consumerSeal],
  ["RS256", rsaSeal],
];

/** The signature with another protected header and the same value. */
function withHeader(text: Buffer): string {
  return `${toBase64Url(text)}..${vectors.value}`;
}

t.test("the published signature is read", async (t) => {
  const signature = parseSignature(vectors.compact);
  t.equal(signature.compact, vectors.compact);
  t.equal(fromBase64Url(vectors.compact.split(".")[0] as string)?.toString("latin1"), vectors.header);
});
for (const { reason, replace, code } of vectors.headers) {
  t.test(`refused: ${reason}`, async (t) => {
    t.throws(() => parseSignature(withHeader(edited(vectors.header, replace))), { code });
  });
}
for (const { reason, compact, code } of vectors.compacts) {
  t.test(`refused: ${reason}`, async (t) => t.throws(() => parseSignature(compact), { code }));
}

t.test("the signature names the published policy by the digest of its bytes", async (t) => {
  const text = readFileSync(new URL("../../schemas/exchange/v1/signature-policy.md", import.meta.url));
  t.equal(createHash("sha256").update(text).digest("base64url"), signaturePolicy.sha256);
  t.match(text.toString(), signaturePolicy.id);
});

for (const [alg, { identity, signer }] of seals) {
  t.test(`${alg}: jose accepts what we sign, and nothing else`, async (t) => {
    const compact = await signObjects(signer, now / 1000, Buffer.from("exchange"), Buffer.from("head"));
    const [header = "", , value = ""] = compact.split(".");
    const { publicKey } = identity.certificate;
    const verify = (parts: { protected?: string; signature?: string; payload?: string }) => {
      const jws = { protected: header, signature: value, payload: "", ...parts };
      return flattenedVerify(jws, publicKey, { crit: { sigD: true } });
    };
    const { protectedHeader } = await verify({});
    t.equal(protectedHeader?.alg, alg);
    const changed = Buffer.from(value, "base64url");
    changed[20] = (changed[20] as number) ^ 1;
    await t.rejects(verify({ signature: changed.toString("base64url") }));
    await t.rejects(verify({ payload: "x" }));
    const text = Buffer.from(header, "base64url")
      .toString()
      .replace(`"iat":${now / 1000}`, `"iat":${now / 1000 + 1}`);
    await t.rejects(verify({ protected: Buffer.from(text).toString("base64url") }));
  });

  t.test(`${alg}: openssl verifies the value`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "sealway-signature-"));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const compact = await signObjects(signer, now / 1000, Buffer.from("exchange"), Buffer.from("head"));
    const raw = parseSignature(compact).value;
    writeFileSync(join(directory, "input"), compact.slice(0, compact.indexOf(".") + 1));
    writeFileSync(join(directory, "value"), alg === "ES256" ? ecdsaRawToDer(raw) : raw);
    const key = identity.certificate.publicKey.export({ type: "spki", format: "pem" });
    writeFileSync(join(directory, "key.pem"), key);
    const run = () => {
      const args = ["dgst", "-sha256", "-verify", "key.pem", "-signature", "value", "input"];
      return execFileSync("openssl", args, { cwd: directory, encoding: "utf8" });
    };
    t.match(run(), "Verified OK");
    writeFileSync(join(directory, "input"), compact.slice(0, compact.indexOf(".")));
    t.throws(run, "without the dot it is not what was signed");
  });
}

t.test("a value of another key, of another length or with a changed bit is refused", async (t) => {
  const signature = parseSignature(message.signature);
  t.doesNotThrow(() => verifySignatureValue(signature, certificate));
  const other = ca.issueSeal(providerMember, "Agency").certificate;
  t.throws(() => verifySignatureValue(signature, other), { code: "invalid_signature" });
  t.throws(() => verifySignatureValue(signature, rsaSeal.identity.certificate), {
    code: "malformed_signature",
  });
  for (const length of [0, 63, 65, 72]) {
    const cut = { ...signature, value: Buffer.alloc(length, 1) };
    t.throws(() => verifySignatureValue(cut, certificate), { code: "malformed_signature" });
  }
  for (let bit = 0; bit < 512; bit += 31) {
    const value = Buffer.from(signature.value);
    value[bit >> 3] = (value[bit >> 3] as number) ^ (1 << (bit & 7));
    t.throws(() => verifySignatureValue({ ...signature, value }, certificate), { code: "invalid_signature" });
  }
  const nought = { ...signature, value: Buffer.alloc(64) };
  t.throws(() => verifySignatureValue(nought, certificate), { code: "invalid_signature" });
});

t.test("text is a signature of the profile, or refused with a code", async (t) => {
  const header = Buffer.from(vectors.header);
  const damaged = fc
    .tuple(fc.nat(header.length - 1), fc.nat(3), fc.string({ maxLength: 4 }))
    .map(([at, cut, put]) => {
      return withHeader(Buffer.concat([header.subarray(0, at), Buffer.from(put), header.subarray(at + cut)]));
    });
  const json = fc.json().map((text) => withHeader(Buffer.from(text)));
  const property = fc.property(fc.oneof(fc.string(), damaged, json), (text) => {
    try {
      const { compact, value } = parseSignature(text);
      return compact === text && text.endsWith(`..${toBase64Url(value)}`);
    } catch (error) {
      return error instanceof SealwayError;
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1500 }));
});
