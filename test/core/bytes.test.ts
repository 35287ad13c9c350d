import fc from "fast-check";
import t from "tap";
import { equalSecret, fromBase64, fromBase64Url, headerText, toBase64Url } from "../../src/core/bytes.ts";

const bytes = fc.uint8Array({ maxLength: 100 });

t.test("base64url and base64 come back", async (t) => {
  const property = fc.property(bytes, (data) => {
    const url = fromBase64Url(toBase64Url(data));
    return (
      Buffer.from(data).equals(url ?? Buffer.of(1)) && !!fromBase64(Buffer.from(data).toString("base64"))
    );
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("only one text decodes to the same bytes", async (t) => {
  const text = fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[A-Za-z0-9_=+/-]{0,12}$/));
  const property = fc.property(text, (anything) => {
    const url = fromBase64Url(anything);
    const padded = fromBase64(anything);
    return (
      (url === undefined || toBase64Url(url) === anything) &&
      (padded === undefined || padded.toString("base64") === anything)
    );
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
});

for (const text of ["AA==", "A", "AB", "AA\n", " AA", "A A", "A+", "A/", "AAA=", "ÀA"]) {
  t.test(`no base64url: ${JSON.stringify(text)}`, async (t) => t.equal(fromBase64Url(text), undefined));
}
for (const text of ["AA", "A===", "AB==", "AA==\n", "A-==", "A_=="]) {
  t.test(`no base64: ${JSON.stringify(text)}`, async (t) => t.equal(fromBase64(text), undefined));
}

t.test("a header's octets are UTF-8 where they can be, else ISO 8859-1", async (t) => {
  t.equal(headerText(Buffer.from("Jürgen Õun").toString("latin1")), "Jürgen Õun");
  t.equal(headerText("J\xfcrgen"), "Jürgen");
  t.equal(headerText("EE47101010033"), "EE47101010033");
  t.equal(headerText("  x\t"), "x");
});

t.test("secrets of different length differ", async (t) => {
  t.equal(equalSecret(Buffer.of(1, 2), Buffer.of(1)), false);
  t.equal(equalSecret(Buffer.of(1, 2), Buffer.of(1, 3)), false);
  t.equal(equalSecret(Buffer.of(1, 2), Buffer.of(1, 2)), true);
});
