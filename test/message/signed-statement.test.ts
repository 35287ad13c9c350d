import fc from "fast-check";
import { compactVerify } from "jose";
import t from "tap";
import { toBase64Url } from "../../src/core/bytes.ts";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { parseStatement, signStatement } from "../../src/message/signed-statement.ts";
import { generatePrivateKey } from "../../src/pki/private-key.ts";
import { ca, consumerSeal, now, providerMember, type Seal, sealOf } from "./scene.ts";

const payload = { instance: "DEV", time: now, reason: "court order 12/2026", count: 3 };
const typ = "sealway-erasure+jws";
const rsaSeal = sealOf(
  providerMember,
  ca.issueSeal(providerMember, "Agency", { privateKey: await generatePrivateKey("RS256") }),
);
const seals: [string, Seal][] = [
  ["ES256", consumerSeal],
  ["RS256", rsaSeal],
];

for (const [alg, { identity, signer }] of seals) {
  t.test(`${alg}: a statement comes back as it was signed, and jose agrees`, async (t) => {
    const bytes = await signStatement(signer, typ, payload);
    const read = parseStatement(bytes, typ);
    t.strictSame(read.payload, payload);
    t.equal(read.certificate.fingerprint, identity.certificate.fingerprint);
    const verified = await compactVerify(bytes, identity.certificate.publicKey);
    t.strictSame(JSON.parse(Buffer.from(verified.payload).toString()), payload);
  });
}

t.test("a statement of another kind is refused", async (t) => {
  const bytes = await signStatement(consumerSeal.signer, "sealway-hold+jws", payload);
  t.throws(() => parseStatement(bytes, typ), { code: "malformed_statement" });
});

t.test("a payload or header that others might read differently is refused", async (t) => {
  const [header, , value] = (await signStatement(consumerSeal.signer, typ, payload)).toString().split(".");
  const texts = {
    "a name twice": '{"instance":"DEV","instance":"PROD","time":1}',
    "not canonical": '{ "instance":"DEV","time":1}',
    "no instance": canonicalJson({ time: 1 }),
    "a time that is none": canonicalJson({ instance: "DEV", time: 1.5 }),
    "no object": "[]",
    "a depth bomb": `{"instance":${"[".repeat(100)}${"]".repeat(100)},"time":1}`,
  };
  for (const [what, text] of Object.entries(texts)) {
    const input = `${header}.${toBase64Url(Buffer.from(text))}`;
    const signature = await consumerSeal.signer.sign(Buffer.from(input));
    t.throws(
      () => parseStatement(Buffer.from(`${input}.${toBase64Url(signature)}`), typ),
      { code: "malformed_statement" },
      what,
    );
  }
  const other = toBase64Url(Buffer.from(canonicalJson({ alg: "none", typ })));
  t.throws(() => parseStatement(Buffer.from(`${other}.e30.${value}`), typ), { code: "malformed_statement" });
  t.throws(() => parseStatement(Buffer.alloc(2 * 1024 * 1024, "a"), typ), { code: "malformed_statement" });
});

t.test("whatever byte is altered, the statement is refused", async (t) => {
  const bytes = await signStatement(consumerSeal.signer, typ, payload);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const altered = Buffer.from(bytes);
      altered[at] = altered[at]! ^ mask;
      t.throws(() => parseStatement(altered, typ), { name: "SealwayError" });
    }),
    { numRuns: 300 },
  );
});
