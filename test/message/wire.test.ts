import fc from "fast-check";
import t from "tap";
import { SealwayError } from "../../src/core/errors.ts";
import { checkWireSizes, parseWireHeaders, toWireHeaders, type WireMessage } from "../../src/message/wire.ts";
import { seal } from "./scene.ts";

const message = await seal();
const headers = toWireHeaders(message);
const raw = (changes: Readonly<Record<string, string | undefined>> = {}, ...more: string[]) => {
  const merged: Record<string, string | undefined> = { host: "x", ...headers, ...changes };
  return [
    ...Object.entries(merged).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...more,
  ];
};

t.test("four headers carry a message, in any case and order", async (t) => {
  const { exchange, head, signature, ocsp } = message;
  t.strictSame(parseWireHeaders(raw()), { exchange, head, signature, ocsp });
  const upper = raw().map((text, i) => (i % 2 === 0 ? text.toUpperCase() : text));
  t.strictSame(parseWireHeaders(upper), { exchange, head, signature, ocsp });
});

const M = "malformed_message";
const bad: [string, string[], string][] = [
  ["no exchange", raw({ "sealway-exchange": undefined }), M],
  ["no head", raw({ "sealway-head": undefined }), M],
  ["no signature", raw({ "sealway-signature": undefined }), "missing_signature"],
  ["no OCSP response", raw({ "sealway-ocsp": undefined }), M],
  ["two exchanges", raw({}, "Sealway-Exchange", headers["sealway-exchange"] as string), M],
  ["two heads", raw({}, "SEALWAY-HEAD", "AAAA"), M],
  ["two signatures", raw({}, "sealway-signature", message.signature), M],
  ["two OCSP responses", raw({}, "sealway-ocsp", ""), M],
  ["two heads in one line", raw({ "sealway-head": `${headers["sealway-head"]}, AAAA` }), M],
  ["an exchange with padding", raw({ "sealway-exchange": `${headers["sealway-exchange"]}==` }), M],
  ["a head in base64", raw({ "sealway-head": "+/+/" }), M],
  ["a head in another spelling", raw({ "sealway-head": "AB" }), M],
  ["an OCSP response in base64url", raw({ "sealway-ocsp": "-_-_" }), M],
  ["an OCSP response without padding", raw({ "sealway-ocsp": "AA" }), M],
  ["an OCSP response of more than 4 KiB", raw({ "sealway-ocsp": Buffer.alloc(4097).toString("base64") }), M],
];
for (const [reason, rawHeaders, code] of bad) {
  t.test(`refused: ${reason}`, async (t) => t.throws(() => parseWireHeaders(rawHeaders), { code }));
}

t.test("arbitrary headers are a message that is written the same, or refused with a code", async (t) => {
  const name = fc.constantFrom(...Object.keys(headers), "Sealway-Head", "x");
  const value = fc.oneof(fc.string(), fc.base64String(), fc.constantFrom(...Object.values(headers)));
  const lines = fc.array(fc.tuple(name, value), { maxLength: 6 });
  const property = fc.property(lines, fc.boolean(), (pairs, whole) => {
    const rawHeaders = [...(whole ? raw() : []), ...pairs.flat()];
    try {
      const written = toWireHeaders(parseWireHeaders(rawHeaders));
      return Object.values(written).every((text) => rawHeaders.includes(text));
    } catch (error) {
      return error instanceof SealwayError;
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
});

const large: [string, Partial<WireMessage>, string | undefined][] = [
  ["the largest head beside a usual exchange", { head: Buffer.alloc(32_768) }, undefined],
  [
    "all at their largest",
    { head: Buffer.alloc(32_768), exchange: Buffer.alloc(11_264), signature: "x".repeat(8_000) },
    "headers_too_large",
  ],
  ["an OCSP response of more than 4 KiB", { ocsp: Buffer.alloc(4_097) }, "signer_unavailable"],
  ["a signature of more than 8,192 characters", { signature: "x".repeat(8_193) }, "signer_unavailable"],
];
for (const [what, changes, code] of large) {
  t.test(`${code === undefined ? "sent" : "not sent"}: ${what}`, async (t) => {
    const check = () => checkWireSizes({ ...message, ...changes });
    if (code === undefined) t.doesNotThrow(check);
    else t.throws(check, { code });
  });
}
