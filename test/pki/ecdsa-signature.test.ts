import { generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { ecdsaDerToRaw, ecdsaRawToDer } from "../../src/pki/ecdsa-signature.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const ieee = { dsaEncoding: "ieee-p1363" } as const;

t.test("agrees with node's own conversion in both directions", async (t) => {
  for (let i = 0; i < 16; i++) {
    const data = Buffer.of(i);
    const der = sign("sha256", data, privateKey);
    t.ok(verify("sha256", data, { key: publicKey, ...ieee }, ecdsaDerToRaw(der)));
    t.same(ecdsaRawToDer(ecdsaDerToRaw(der)), der);
    const raw = sign("sha256", data, { key: privateKey, ...ieee });
    t.ok(verify("sha256", data, publicKey, ecdsaRawToDer(raw)));
  }
});

t.test("every 64 octets survive the round trip, small numbers included", async () => {
  const octets = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const small = fc.tuple(octets, fc.nat(32), fc.nat(32)).map(([bytes, r, s]) => {
    bytes.fill(0, 0, r);
    bytes.fill(0, 32, 32 + s);
    return bytes;
  });
  fc.assert(fc.property(fc.oneof(octets, small), (raw) => ecdsaDerToRaw(ecdsaRawToDer(raw)).equals(raw)));
});

t.test("refuses", async (t) => {
  const good = ecdsaRawToDer(Buffer.alloc(64, 0x11)).toString("hex");
  const bad: Record<string, string> = {
    "an empty value": "",
    "another type": `31${good.slice(2)}`,
    "a long length": `3081${good.slice(2)}`,
    "a byte after the value": `${good}00`,
    "a byte after s": `3045${good.slice(4)}00`,
    "a negative r": good.replace("022011", "022091"),
    "a padded r": "300702020011020111",
    "an empty r": "3006020002021111",
    "an r of 33 octets": `3045022111${"11".repeat(32)}0220${"11".repeat(32)}`,
    "an s that runs over the end": "3006020111020311",
  };
  for (const [name, text] of Object.entries(bad)) {
    t.throws(() => ecdsaDerToRaw(Buffer.from(text, "hex")), { name: "DerError" }, name);
  }
  t.throws(() => ecdsaRawToDer(Buffer.alloc(63)), { name: "DerError" });
  t.throws(() => ecdsaRawToDer(Buffer.alloc(65)), { name: "DerError" });
});
