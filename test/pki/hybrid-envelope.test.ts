import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import vectors from "../../schemas/restriction/vectors.json" with { type: "json" };
import { openEnvelope, parseRecipient, pointOf, sealEnvelope } from "../../src/pki/hybrid-envelope.ts";

const key = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const [one, two, stranger] = [key(), key(), key()];
const recipients = [one, two].map((each) => parseRecipient(pointOf(each)));
const use = "sealway-test";

t.test("each recipient opens it, and nobody else", async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
      const plaintext = Buffer.from(content);
      const bytes = sealEnvelope(plaintext, use, recipients);
      return [one, two].every((each) => openEnvelope(bytes, use, each).equals(plaintext));
    }),
    { numRuns: 20 },
  );
  const bytes = sealEnvelope(Buffer.from("content"), use, recipients);
  t.throws(() => openEnvelope(bytes, use, stranger), { message: /not for this key/ });
  t.throws(() => openEnvelope(bytes, "sealway-other", one), { message: /another use/ });
});

t.test("equal contents make different envelopes", async (t) => {
  const [a, b] = [1, 2].map(() => sealEnvelope(Buffer.from("content"), use, recipients).toString());
  t.not(a, b);
});

t.test("what was changed does not open", async (t) => {
  const envelope = JSON.parse(sealEnvelope(Buffer.from("content"), use, recipients).toString());
  const flipped = (text: string) => `${text[0] === "A" ? "B" : "A"}${text.slice(1)}`;
  const changed: [what: string, envelope: object][] = [
    ["content", { ...envelope, content: flipped(envelope.content) }],
    ["content of nothing", { ...envelope, content: "" }],
    [
      "wrapped key",
      { ...envelope, recipients: [{ ...envelope.recipients[0], wrapped: envelope.recipients[1].wrapped }] },
    ],
    ["ephemeral key", { ...envelope, epk: pointOf(stranger) }],
    ["a point that is on no curve", { ...envelope, epk: `B${"A".repeat(86)}` }],
    ["use", { ...envelope, use: "sealway-other" }],
    ["algorithm", { ...envelope, alg: "none" }],
    ["no recipients", { ...envelope, recipients: null }],
  ];
  for (const [what, each] of changed) {
    t.throws(
      () => openEnvelope(Buffer.from(JSON.stringify(each)), use, one),
      { code: "malformed_statement" },
      what,
    );
  }
  t.throws(() => openEnvelope(Buffer.from("{"), use, one), { code: "malformed_statement" });
  t.throws(() => openEnvelope(Buffer.from("null"), use, one), { code: "malformed_statement" });
});

t.test("a key is a point of P-256", async (t) => {
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  for (const text of ["", "AAAA", `B${"A".repeat(86)}`, pointOf(p384)])
    t.throws(() => parseRecipient(text), { code: "malformed_statement" });
  t.equal(pointOf(parseRecipient(pointOf(one)).key), pointOf(one));
});

t.test("the vectors of the specification open", async (t) => {
  const { envelope, plaintext, use: theirs } = vectors;
  for (const { privateKey, id } of vectors.recipients) {
    const jwk = createPrivateKey({ key: privateKey, format: "jwk" });
    t.equal(parseRecipient(pointOf(jwk)).id, id);
    t.equal(openEnvelope(Buffer.from(JSON.stringify(envelope)), theirs, jwk).toString(), plaintext);
  }
});
