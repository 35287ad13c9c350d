import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/commitment.json" with { type: "json" };
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { type CommittedField, commit, opens } from "../../src/message/commitment.ts";
import { checkOpenings, noOpenings, parseOpenings, serializeOpenings } from "../../src/message/openings.ts";
import { request, requestHead } from "./scene.ts";

const key = createSecretKey(Buffer.from(vectors.key, "hex"));

for (const { name, field, index, commitment, opening } of vectors.good) {
  t.test(name, async (t) => {
    const { scheme } = commitment;
    const made = commit(key, vectors.exchangeId, field as CommittedField, index, scheme, opening.value);
    t.strictSame(made, { commitment, opening });
    t.ok(opens(opening, commitment));
    const bytes = Buffer.concat([
      Buffer.from(opening.nonce, "base64url"),
      Buffer.from(scheme),
      Buffer.of(0),
      Buffer.from(opening.value),
    ]);
    t.equal(toBase64Url(sha256(bytes)), commitment.c, "the bytes of the specification");
  });
}

t.test("a commitment opens with its own scheme, value and nonce only", async (t) => {
  const text = fc.string({ unit: "binary", maxLength: 12 }).filter((value) => value.isWellFormed());
  const scheme = fc.stringMatching(/^[a-z:]{1,12}$/);
  const field = fc.constantFrom<CommittedField>("subject", "user", "caseReference", "permission");
  const one = fc.tuple(field, fc.nat(3), scheme, text);
  const property = fc.property(one, one, (a, b) => {
    const first = commit(key, vectors.exchangeId, ...a);
    const second = commit(key, vectors.exchangeId, ...b);
    const same = a[0] === b[0] && a[1] === b[1] && a[3] === b[3];
    return (
      opens(first.opening, first.commitment) &&
      opens(second.opening, first.commitment) === same &&
      opens({ ...first.opening, value: second.opening.value }, first.commitment) === (a[3] === b[3]) &&
      opens(first.opening, { ...first.commitment, scheme: b[2] }) === (a[2] === b[2])
    );
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("another key, exchange, field or index has another nonce", async (t) => {
  const nonces = [
    commit(key, "a", "subject", 0, "s", "v"),
    commit(key, "b", "subject", 0, "s", "v"),
    commit(key, "a", "user", 0, "s", "v"),
    commit(key, "a", "subject", 1, "s", "v"),
    commit(createSecretKey(Buffer.alloc(32)), "a", "subject", 0, "s", "v"),
  ].map(({ opening }) => opening.nonce);
  t.equal(new Set(nonces).size, nonces.length);
});

t.test("a nonce has 32 bytes in strict base64url", async (t) => {
  const { opening, commitment } = commit(key, "a", "user", 0, "s", "v");
  for (const nonce of ["", opening.nonce.slice(0, 42), `${opening.nonce}=`, `${opening.nonce}AA`]) {
    t.equal(opens({ ...opening, nonce }, commitment), false, nonce);
  }
  t.equal(opens(opening, { ...commitment, c: `${commitment.c}=` }), false);
});

const { openings } = requestHead;
const wrong: [string, typeof openings][] = [
  ["no openings", noOpenings],
  ["one subject less", { ...openings, subjects: [] }],
  ["one subject more", { ...openings, subjects: [...openings.subjects, ...openings.subjects] }],
  ["no user", { ...openings, user: null }],
  ["no case", { ...openings, caseReference: null }],
  ["a permission that is not committed to", { ...openings, permission: openings.user }],
  ["user and case exchanged", { ...openings, user: openings.caseReference, caseReference: openings.user }],
  [
    "another person",
    { ...openings, subjects: openings.subjects.map((one) => ({ ...one, value: "48001010000" })) },
  ],
];
for (const [reason, other] of wrong) {
  t.test(`refused: ${reason}`, async (t) => {
    t.throws(() => checkOpenings(other, request), { code: "subject.mismatch" });
  });
}
t.test("the openings of a message fit", async (t) => t.doesNotThrow(() => checkOpenings(openings, request)));

t.test("openings are written as canonical JSON, and read as they were", async (t) => {
  const value = fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed());
  const opening = fc.record({ nonce: fc.stringMatching(/^[\w-]{43}$/), value });
  const maybe = fc.option(opening);
  const any = fc.record({
    subjects: fc.array(opening),
    user: maybe,
    caseReference: maybe,
    permission: maybe,
  });
  const property = fc.property(any, fc.option(opening, { nil: undefined }), (four, emergency) => {
    const all = { ...four, ...(emergency && { emergency }) };
    const present = Object.entries(all).filter(([, one]) => one !== null && [one].flat().length > 0);
    const text = serializeOpenings(all);
    const expected = present.length === 0 ? "" : canonicalJson(Object.fromEntries(present));
    t.equal(Buffer.from(text, "base64url").toString(), expected);
    t.same(parseOpenings(text), all);
  });
  fc.assert(property);
  const long = { ...noOpenings, user: { nonce: "", value: "x".repeat(1025) } };
  t.throws(() => serializeOpenings(long), { code: "headers_too_large" });
});
