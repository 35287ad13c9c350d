import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/head.json" with { type: "json" };
import { SealwayError } from "../../src/core/errors.ts";
import { type Head, maxHeadBytes, parseHead, serializeHead } from "../../src/message/head.ts";
import { noOpenings } from "../../src/message/openings.ts";
import { edited, named } from "./edit.ts";
import { requestHead, responseHead } from "./scene.ts";

for (const { name, text } of vectors.good) {
  t.test(`read and written again: ${name}`, async (t) => {
    t.equal(serializeHead(parseHead(Buffer.from(text, "latin1"))).toString("latin1"), text);
  });
}
for (const { reason, of, replace } of vectors.bad) {
  t.test(`refused: ${reason}`, async (t) => {
    const bytes = edited(named(vectors.good, of).text, replace);
    t.throws(() => parseHead(bytes), { name: "SealwayError", code: "malformed_message" });
  });
}

t.test("the parts of a head", async (t) => {
  const head = parseHead(serializeHead(requestHead));
  t.strictSame(head, requestHead);
  t.strictSame(parseHead(serializeHead(responseHead)), responseHead);
});

t.test("a head may have 32 KiB and no more", async (t) => {
  const filled = (length: number): Head => ({ ...requestHead, headers: [["X-Long", "x".repeat(length)]] });
  const overhead = serializeHead(filled(1)).length - 1;
  const largest = serializeHead(filled(maxHeadBytes - overhead));
  t.equal(largest.length, maxHeadBytes);
  t.doesNotThrow(() => parseHead(largest));
  t.throws(() => serializeHead(filled(maxHeadBytes - overhead + 1)), { code: "headers_too_large" });
  t.throws(() => parseHead(Buffer.alloc(maxHeadBytes + 1)), { code: "malformed_message" });
});

t.test("not written: a reason phrase that a service made up of control characters", async (t) => {
  const start = { kind: "response", status: 200, reason: "O\u0001K" } as const;
  t.throws(() => serializeHead({ ...responseHead, start }), { code: "invalid_response" });
});

t.test("not written: a value to hide that no receiver takes", async (t) => {
  const opening = { nonce: "x", value: "v".repeat(1025) };
  t.throws(() => serializeHead({ ...requestHead, openings: { ...noOpenings, user: opening } }), {
    code: "headers_too_large",
  });
});

const name = fc
  .stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/)
  .filter((text) => !/^sealway-/i.test(text));
const value = fc
  .stringMatching(/^[\t -~\u0080-\u00ff]{0,30}$/)
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ""));
const plain = { noNullPrototype: true };
const opening = fc.record(
  { nonce: fc.base64String(), value: fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()) },
  plain,
);
const optional = fc.option(opening);
const headers = fc.array(fc.tuple(name, value), { maxLength: 10 });
const openings = fc.record(
  {
    subjects: fc.array(opening, { maxLength: 3 }),
    user: optional,
    caseReference: optional,
    permission: optional,
  },
  plain,
);
const bodyOf = (length: number) => {
  const digest = fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
  return fc.option(fc.record({ digest, length: fc.integer({ min: 1, max: 1e15 - 1 }) }, plain));
};
const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const asOf = fc.option(fc.constantFrom("2026-11-22T12:00:00Z", "2026-11-22T12:00:00.123456789Z"));
const requests = fc.record<Head>(
  {
    start: fc.record(
      {
        kind: fc.constant("request" as const),
        method: fc.constantFrom("GET", "POST", "DELETE"),
        target: fc.stringMatching(/^\/[!-~]{0,40}$/),
      },
      plain,
    ),
    ...{ headers, body: bodyOf(64), asOf, openings, nonce },
  },
  plain,
);
const responses = fc.record<Head>(
  {
    start: fc.record(
      {
        kind: fc.constant("response" as const),
        status: fc.integer({ min: 100, max: 999 }),
        reason: fc.stringMatching(/^[\t -~\u0080-\u00ff]{0,30}$/),
      },
      plain,
    ),
    ...{ headers, body: bodyOf(32), asOf, openings, nonce },
  },
  plain,
);

t.test("what is written is read again", async (t) => {
  const property = fc.property(fc.oneof(requests, responses), (head) => {
    return isDeepStrictEqual(parseHead(serializeHead(head)), head);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
});

t.test("bytes are a head in its one form, or refused with a code", async (t) => {
  const texts = vectors.good.map(({ text }) => Buffer.from(text, "latin1"));
  const piece = fc.constantFrom("\r\n", "\n", ":", " ", "sealway-nonce:", "x", "\0", "\t", "=");
  const damaged = fc
    .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(4), piece)
    .map(([bytes, at, cut, put]) => {
      const from = at % bytes.length;
      return Buffer.concat([bytes.subarray(0, from), Buffer.from(put), bytes.subarray(from + cut)]);
    });
  const property = fc.property(fc.oneof(damaged, fc.uint8Array()), (bytes) => {
    try {
      return serializeHead(parseHead(bytes)).equals(bytes);
    } catch (error) {
      return error instanceof SealwayError;
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }));
});
