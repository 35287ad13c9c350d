import fc from "fast-check";
import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/identifier.json" with { type: "json" };
import { SealwayError } from "../../src/core/errors.ts";
import {
  encodePart,
  memberOf,
  parseClientId,
  parseMemberId,
  parseServerId,
  parseServiceId,
  providerOf,
} from "../../src/core/ids.ts";

const parsers: Readonly<Record<string, (text: string) => string>> = {
  client: parseClientId,
  server: parseServerId,
  service: parseServiceId,
  member: parseMemberId,
};
const codes: Readonly<Record<string, string>> = {
  client: "invalid_client_identifier",
  server: "invalid_security_server",
  service: "invalid_service_identifier",
  member: "bad_request",
};

for (const { kind, text, canonical } of vectors.good) {
  t.test(`${kind} ${text}`, async (t) => {
    t.equal(parsers[kind]?.(text), canonical);
    t.equal(parsers[kind]?.(canonical), canonical, "the one spelling stays as it is");
  });
}
for (const { kind, text, reason } of vectors.bad) {
  t.test(`no ${kind}: ${reason}`, async (t) => {
    t.throws(() => parsers[kind]?.(text), { code: codes[kind] as string });
  });
}

const part = fc
  .string({ unit: "binary", minLength: 1, maxLength: 20 })
  .filter((text) => text.isWellFormed() && !/[\p{Cc}\u200b\ufeff]|^\.{1,2}$/u.test(text));

t.test("parts survive encoding, and only one spelling of them", async (t) => {
  const property = fc.property(fc.array(part, { minLength: 4, maxLength: 4 }), (parts) => {
    const id = parseServerId(parts.map(encodePart).join("/"));
    const spelt = parts
      .map((text) => `%${Buffer.from(text).toString("hex").match(/../g)?.join("%")}`)
      .join("/");
    return (
      id.split("/").map(decodeURIComponent).join("\0") === parts.join("\0") &&
      (spelt.length > 1024 || parseServerId(spelt) === id)
    );
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("arbitrary text is an identifier in its one spelling, or refused", async (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[A-Z%0-9a-f./]{3,40}$/),
    fc.string({ unit: "binary" }).map((s) => `DEV/GOV/${s}`),
  );
  const property = fc.property(text, fc.constantFrom(...Object.values(parsers)), (anything, parse) => {
    try {
      const id = parse(anything);
      return parse(id) === id;
    } catch (error) {
      return error instanceof SealwayError;
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
});

t.test("ids lead to each other", async (t) => {
  const service = parseServiceId("DEV/GOV/1/s/persons");
  t.equal(providerOf(service), "DEV/GOV/1/s");
  t.equal(memberOf(service), "DEV/GOV/1");
  t.equal(memberOf(parseClientId("DEV/GOV/1")), "DEV/GOV/1");
});
