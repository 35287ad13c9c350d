import fc from "fast-check";
import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/request-target.json" with { type: "json" };
import { SealwayError } from "../../src/core/errors.ts";
import { parseRequestTarget } from "../../src/core/request-target.ts";

for (const { target, ...read } of vectors.good) {
  t.test(`read: ${target}`, async (t) => t.strictSame(parseRequestTarget(target), read));
}
for (const { target, reason, code } of vectors.bad) {
  t.test(`refused: ${reason} (${target.slice(0, 60)})`, async (t) => {
    t.throws(() => parseRequestTarget(target), { code });
  });
}

t.test("what is read is what was sent, and nothing that others could read otherwise", async (t) => {
  const piece = fc.constantFrom(
    "/",
    "//",
    ".",
    "..",
    "%2e",
    "%2F",
    "%5c",
    ";",
    "x",
    "?",
    "#",
    "%41",
    "%",
    "\\",
    " ",
    "é",
    "%C3%A4",
    "%252e",
  );
  const target = fc.array(piece, { maxLength: 8 }).map((pieces) => `/r1/DEV/GOV/1/s/svc${pieces.join("")}`);
  const property = fc.property(fc.oneof(target, fc.string()), (text) => {
    try {
      const { path, query } = parseRequestTarget(text);
      const segments = decodeURIComponent(path).split("/").slice(1);
      return (
        text.endsWith(path + query) &&
        !segments.some((segment) => /^\.{1,2}(?:;|$)/.test(segment)) &&
        !/[\\\x00-\x1f\x7f#]/.test(decodeURIComponent(path) + query) &&
        !/\/\//.test(decodeURIComponent(path))
      );
    } catch (error) {
      return error instanceof SealwayError;
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }));
});
