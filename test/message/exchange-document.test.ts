import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t from "tap";
import schema from "../../schemas/exchange/v1/exchange.schema.json" with { type: "json" };
import vectors from "../../schemas/exchange/v1/vectors/exchange.json" with { type: "json" };
import { canonicalJson, type Json } from "../../src/core/canonical-json.ts";
import { SealwayError } from "../../src/core/errors.ts";
import {
  type ExchangeDocument,
  maxExchangeBytes,
  parseExchange,
  serializeExchange,
} from "../../src/message/exchange-document.ts";
import { edited, named } from "./edit.ts";
import { request } from "./scene.ts";

const isOfSchema = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

for (const { name, meaning, text } of vectors.good) {
  t.test(`${name}: ${meaning}`, async (t) => {
    const document = parseExchange(Buffer.from(text, "latin1"));
    t.equal(serializeExchange(document).toString("latin1"), text);
    t.equal(canonicalJson(JSON.parse(text) as Json), text, "it is the canonical form of RFC 8785");
    t.ok(isOfSchema(JSON.parse(text)), "the published schema takes it");
  });
}
for (const { reason, of, replace, code } of vectors.bad) {
  t.test(`refused: ${reason}`, async (t) => {
    const bytes = edited(named(vectors.good, of).text, replace);
    t.throws(() => parseExchange(bytes), { name: "SealwayError", code });
  });
}

t.test("documents of every kind stand among the vectors", async (t) => {
  const types = new Set(vectors.good.map(({ text }) => JSON.parse(text).type));
  t.strictSame([...types].sort(), ["fault", "refusal", "request", "response"]);
});

t.test("refused: more bytes than there may be, before they are read", async (t) => {
  t.throws(() => parseExchange(Buffer.alloc(maxExchangeBytes + 1, "[")), { code: "malformed_message" });
});

t.test("what a receiver would refuse is not written", async (t) => {
  const write = (changes: object) => () => serializeExchange({ ...request, ...changes } as ExchangeDocument);
  t.throws(write({ representedParty: "Ä" }), TypeError);
  t.throws(write({ type: "response" }), TypeError);
  t.throws(write({ signerRole: "server-owner" }), TypeError);
  t.throws(write({ v: 2 }), TypeError);
  const { about, ...rest } = request;
  t.throws(() => serializeExchange({ ...rest, about }), TypeError, "members out of order");
  const subject = { c: request.configuration.sha256, role: "asked-about", scheme: "s".repeat(200) };
  const many = { subjectCount: 100, subjects: Array.from({ length: 100 }, () => subject) };
  t.throws(write(many), { code: "headers_too_large" });
});

t.test("a list of more than 100 subjects is one commitment", async (t) => {
  t.doesNotThrow(() => serializeExchange({ ...request, subjectCount: 5000 }));
  t.throws(() => serializeExchange({ ...request, subjectCount: 5000, subjects: [] }), TypeError);
});

t.test("bytes are a document in its one form, or refused with a code", async (t) => {
  const texts = vectors.good.map(({ text }) => Buffer.from(text, "latin1"));
  const damaged = fc
    .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(4), fc.uint8Array({ maxLength: 4 }))
    .map(([bytes, at, cut, put]) => {
      const from = at % bytes.length;
      return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]);
    });
  const property = fc.property(
    fc.oneof(
      damaged,
      fc.uint8Array(),
      fc.json().map((json) => Buffer.from(json)),
    ),
    (bytes) => {
      try {
        return serializeExchange(parseExchange(bytes)).equals(bytes);
      } catch (error) {
        return error instanceof SealwayError;
      }
    },
  );
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1500 }));
});
