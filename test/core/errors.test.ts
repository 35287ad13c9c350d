import t from "tap";
import { errorCodes } from "../../src/core/error-codes.ts";
import { asSealwayError, SealwayError } from "../../src/core/errors.ts";

t.test("every error names its status, X-Road's word, a title and a remedy", async (t) => {
  for (const [code, entry] of Object.entries(errorCodes)) {
    t.match(code, /^[a-z][a-z_.]*$/);
    t.ok(entry.status >= 400 && entry.status < 600, code);
    t.match(entry.xroad, /^[a-z_]+$/, code);
    t.match(entry.title, /^[A-Z].*[^.]$/, code);
    t.match(entry.remedy, /^[A-Z].*[.…]$/s, code);
  }
});

t.test("an unforeseen failure tells nobody its words", async (t) => {
  const cause = new Error("38001010000 not found in /etc/secret");
  const error = asSealwayError(cause);
  t.equal(error.code, "internal_error");
  t.notMatch(error.message + error.detail, /38001010000|secret/);
  t.equal(error.cause, cause);
  const known = new SealwayError("replay", "x");
  t.equal(asSealwayError(known), known);
  t.equal(known.entry.status, 409);
});
