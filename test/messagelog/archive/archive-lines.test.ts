import fc from "fast-check";
import t from "tap";
import { canonicalJson, type Json } from "../../../src/core/canonical-json.ts";
import {
  MalformedLine,
  readLine,
  recordLine,
  splitLines,
  writeLine,
} from "../../../src/messagelog/archive/archive-lines.ts";

const bytes = (most: number, least = 0) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((one) => Buffer.from(one));
const digest = bytes(32, 32).map((one) => one.toString("base64url"));
const keyId = bytes(16, 16);

const record = fc.record(
  {
    body: fc.record({ keyId, bytes: bytes(100), file: fc.string() }),
    certificate: digest,
    chain: bytes(32),
    direction: fc.constantFrom("sent" as const, "received" as const),
    exchange: bytes(100),
    exchangeId: fc.uuid(),
    head: fc.record({ keyId, bytes: bytes(100), sha256: bytes(32) }),
    member: fc.string({ unit: "grapheme" }),
    number: fc.maxSafeNat(),
    ocsp: digest,
    role: fc.constantFrom("consumer" as const, "provider" as const),
    signature: fc.string(),
    tags: bytes(100),
    time: fc.maxSafeInteger(),
    type: fc.constantFrom("request" as const, "fault" as const),
    writer: fc.string(),
  },
  {
    requiredKeys: [
      ...([
        "certificate",
        "chain",
        "direction",
        "exchange",
        "exchangeId",
        "head",
        "member",
        "number",
      ] as const),
      ...(["ocsp", "role", "signature", "tags", "time", "type", "writer"] as const),
    ],
  },
);

t.test("a record is read as it was written, in canonical JSON", async () => {
  fc.assert(
    fc.property(record, (one) => {
      const [line] = splitLines(writeLine(recordLine, one));
      const text = line!.toString("utf8");
      const again = readLine(recordLine, line!);
      return (
        canonicalJson(JSON.parse(text) as Json) === text &&
        writeLine(recordLine, again).equals(Buffer.from(`${text}\n`))
      );
    }),
  );
});

t.test("whatever a line is, it is read in its one form or refused", async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        bytes(200),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (line) => {
        try {
          readLine(recordLine, line);
          return false;
        } catch (error) {
          return error instanceof MalformedLine;
        }
      },
    ),
  );
});

t.test("the last line must have an end", async (t) => {
  t.throws(() => [...splitLines(Buffer.from("{}\n{}"))], MalformedLine);
});
