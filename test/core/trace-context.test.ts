import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import t from "tap";
import { nextSpan, parseTraceparent, serializeTraceparent } from "../../src/core/trace-context.ts";

const hex = (length: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0+$/.test(text));
const contexts = fc.record(
  { traceId: hex(32), spanId: hex(16), sampled: fc.boolean() },
  { noNullPrototype: true },
);
const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";

t.test("what is written is read again", async (t) => {
  const property = fc.property(contexts, (context) => {
    const read = parseTraceparent([serializeTraceparent(context)]);
    return isDeepStrictEqual(read, context);
  });
  t.doesNotThrow(() => fc.assert(property));
});

t.test("whatever is read fits the form that is written", async (t) => {
  const nearly = fc
    .tuple(contexts, fc.nat(54), fc.constantFrom("", "0", "f", "-", "G", "A", " ", "\n", "é", "00"))
    .map(([context, at, piece]) => {
      const text = serializeTraceparent(context);
      return text.slice(0, at) + piece + text.slice(at + 1);
    });
  const property = fc.property(fc.oneof(nearly, fc.string(), fc.string({ maxLength: 400 })), (text) => {
    const read = parseTraceparent([text]);
    if (read === undefined) return true;
    const isOfForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/.test(
      serializeTraceparent(read),
    );
    return isOfForm && text.slice(3, 52) === `${read.traceId}-${read.spanId}`;
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
});

t.test("the next hop is of the same trace, with a span of its own", async (t) => {
  const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const property = fc.property(contexts, eight, (context, random) => {
    const next = nextSpan(context, Buffer.from(random));
    const isSameTrace = next.traceId === context.traceId && next.sampled === context.sampled;
    return isSameTrace && isDeepStrictEqual(parseTraceparent([serializeTraceparent(next)]), next);
  });
  t.doesNotThrow(() => fc.assert(property));
  const none = nextSpan({ traceId: trace, spanId: span, sampled: true }, Buffer.alloc(8));
  t.equal(none.spanId, "0000000000000001");
});

t.test("flags: only `sampled` is known, others are not passed on", async (t) => {
  for (const [flags, sampled] of [
    ["00", false],
    ["01", true],
    ["02", false],
    ["03", true],
    ["ff", true],
  ] as const)
    t.strictSame(parseTraceparent([`00-${trace}-${span}-${flags}`]), {
      traceId: trace,
      spanId: span,
      sampled,
    });
});

t.test("a later version is read as far as version 00 goes", async (t) => {
  const read = { traceId: trace, spanId: span, sampled: true };
  t.strictSame(parseTraceparent([`01-${trace}-${span}-01`]), read);
  t.strictSame(parseTraceparent([`cc-${trace}-${span}-01-what-the-future-will-be-like`]), read);
});

const refused: Readonly<Record<string, readonly string[]>> = {
  none: [],
  "two, though equal": [`00-${trace}-${span}-01`, `00-${trace}-${span}-01`],
  "two in one line": [`00-${trace}-${span}-01, 00-${trace}-${span}-01`],
  "the forbidden version ff": [`ff-${trace}-${span}-01`],
  "more than version 00 has": [`00-${trace}-${span}-01-extra`],
  "a later version with more, but no separator": [`01-${trace}-${span}-01extra`],
  "a trace id of zeros": [`00-${"0".repeat(32)}-${span}-01`],
  "a span id of zeros": [`00-${trace}-${"0".repeat(16)}-01`],
  "capital digits": [`00-${trace.toUpperCase()}-${span}-01`],
  "white space around it": [` 00-${trace}-${span}-01`],
  "a line break behind it": [`00-${trace}-${span}-01\n`],
  "a line break in the rest": [`01-${trace}-${span}-01-a\nb`],
  "a short trace id": [`00-${trace.slice(1)}-${span}-01`],
  "a mebibyte": [`cc-${trace}-${span}-01-${"x".repeat(1_048_576)}`],
};
for (const [what, values] of Object.entries(refused)) {
  t.test(`no trace: ${what}`, async (t) => t.equal(parseTraceparent(values), undefined));
}
