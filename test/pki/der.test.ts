import { readFileSync } from "node:fs";
import fc from "fast-check";
import asn1, { type ForgeNode } from "node-forge/lib/asn1.js";
import t from "tap";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { DerError, type DerNode, parseDer, tags } from "../../src/pki/der.ts";
import {
  DerFields,
  readBitString,
  readBoolean,
  readFlag,
  readGeneralizedTime,
  readInteger,
  readNamedBits,
  readNull,
  readOid,
  readSetOf,
  readSmallInteger,
  readText,
  readTime,
} from "../../src/pki/der-reader.ts";
import * as write from "../../src/pki/der-writer.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const parse = (text: string) => parseDer(hex(text), "Value");

t.test("keeps the original bytes of every node", async (t) => {
  const inner = write.sequence(write.integer(5), write.octetString(Buffer.alloc(300, 7)));
  const outer = write.sequence(write.oid("1.2.840.113549.1.1.11"), write.explicit(0, inner), write.nothing());
  const node = parseDer(outer, "Value");
  t.same(node.der, outer);
  t.same(node.children[1]!.children[0]!.der, inner);
  t.same(node.children[1]!.children[0]!.children[1]!.content, Buffer.alloc(300, 7));
  t.equal(node.children[0]!.children.length, 0);
});

t.test("a BIT STRING that holds DER stays a BIT STRING", async (t) => {
  const node = parseDer(write.bitString(write.sequence(write.integer(1))), "Value");
  t.same(node.children, []);
  t.same(readBitString(node, "Value"), write.sequence(write.integer(1)));
});

t.test("refuses", async (t) => {
  const refused = (bytes: Buffer, message: RegExp) =>
    t.throws(() => parseDer(bytes, "Value"), { name: "DerError", path: "Value", message });
  refused(hex(""), /not one whole/);
  refused(hex("05"), /not one whole/);
  refused(hex("05 00 00"), /not one whole/); // trailing byte
  refused(hex("30 04 02 01"), /not one whole/); // truncated
  refused(hex("30 03 02 02 01"), /not one whole/); // a child longer than its parent
  refused(hex("30 80 02 01 01 00 00"), /indefinite length/);
  refused(hex("30 06 30 80 02 00 00 00"), /indefinite length/);
  refused(hex("04 81 01 aa"), /non-minimal length/);
  refused(Buffer.concat([hex("04 82 00 80"), Buffer.alloc(128)]), /non-minimal length/);
  refused(hex("04 85 00 00 00 00 01 aa"), /length out of range|not one whole/);
  refused(hex("1f 02 01 aa"), /tag numbers above 30|not one whole/);
  refused(Buffer.alloc(65_537), /longer than 65536/);
});

t.test("refuses a depth bomb without a stack overflow", async (t) => {
  let bomb: Buffer = Buffer.of(5, 0);
  for (let i = 0; i < 3_000; i++) bomb = write.sequence(bomb);
  t.throws(() => parseDer(bomb, "Value"), { name: "DerError", message: /depth/i });
  t.doesNotThrow(() => parseDer(write.sequence(write.sequence(write.nothing())), "Value", { maxDepth: 3 }));
  t.throws(() => parseDer(write.sequence(write.sequence(write.nothing())), "Value", { maxDepth: 2 }));
});

t.test("caps the length by parameter", async (t) => {
  const value = write.octetString(Buffer.alloc(100_000));
  t.throws(() => parseDer(value, "Value"), DerError);
  t.equal(parseDer(value, "Value", { maxLength: 200_000 }).content.length, 100_000);
});

t.test("each reader refuses what is not DER", async (t) => {
  const cases: [string, (node: DerNode, path: string) => unknown, string][] = [
    ["empty INTEGER", readInteger, "02 00"],
    ["padded INTEGER", readInteger, "02 02 00 7f"],
    ["padded negative INTEGER", readInteger, "02 02 ff 80"],
    ["another type", readInteger, "04 01 01"],
    ["negative number", readSmallInteger, "02 01 80"],
    ["number out of range", readSmallInteger, "02 07 01 00 00 00 00 00 00"],
    ["BOOLEAN 01", readBoolean, "01 01 01"],
    ["BOOLEAN of two octets", readBoolean, "01 02 ff ff"],
    ["encoded default", readFlag, "01 01 00"],
    ["NULL with content", readNull, "05 01 00"],
    ["empty OID", readOid, "06 00"],
    ["padded arc", readOid, "06 03 2a 80 01"],
    ["unfinished arc", readOid, "06 02 2a 86"],
    ["arc of 63 bits", readOid, "06 0a 2a ff ff ff ff ff ff ff ff 7f"],
    ["empty BIT STRING", readBitString, "03 00"],
    ["unused bits", readBitString, "03 02 01 fe"],
    ["named bits with a trailing zero", readNamedBits, "03 02 00 06"],
    ["named bits in the unused part", readNamedBits, "03 02 01 07"],
    ["nine unused bits", readNamedBits, "03 02 09 00"],
    ["unused bits of nothing", readNamedBits, "03 01 03"],
    ["unsorted SET OF", readSetOf, "31 06 02 01 02 02 01 01"],
    ["invalid UTF-8", readText, "0c 02 c3 28"],
    ["underscore in a PrintableString", readText, "13 01 5f"],
    ["eighth bit in an IA5String", readText, "16 01 e9"],
    ["odd BMPString", readText, "1e 03 00 41 00"],
    ["a number as text", readText, "02 01 41"],
  ];
  for (const [name, read, bytes] of cases) {
    t.throws(() => read(parse(bytes), "Value"), { name: "DerError", message: /^Value: / }, name);
  }
});

t.test("each time that RFC 5280 does not allow is refused", async (t) => {
  const utc = (text: string) => parseDer(write.value(tags.utcTime, Buffer.from(text)), "Time");
  const general = (text: string) => parseDer(write.value(tags.generalizedTime, Buffer.from(text)), "Time");
  for (const text of [
    "2611220000Z",
    "261122000000",
    "261122000000+0000",
    "260231000000Z",
    "261122240000Z",
    "26112200000Z ",
  ]) {
    t.throws(() => readTime(utc(text), "Time"), DerError, text);
  }
  for (const text of ["20261122000000Z", "20501122000000.5Z", "20501122000000"]) {
    t.throws(() => readTime(general(text), "Time"), DerError, text);
  }
  for (const text of ["20261122000000.Z", "20261122000000.10Z", "20261122000000,1Z"]) {
    t.throws(() => readGeneralizedTime(general(text), "Time"), DerError, text);
  }
  t.equal(readTime(utc("491231235959Z"), "Time"), Date.UTC(2049, 11, 31, 23, 59, 59));
  t.equal(readTime(utc("500101000000Z"), "Time"), Date.UTC(1950, 0, 1));
  t.equal(readGeneralizedTime(general("20261122000000.0015Z"), "Time"), Date.UTC(2026, 10, 22) + 1);
});

t.test("fields are taken in order, and none is left over", async (t) => {
  const node = parseDer(write.sequence(write.integer(1), write.boolean(true)), "Value");
  const fields = new DerFields(node, "Value");
  t.equal(fields.optional(tags.boolean), undefined);
  t.throws(() => new DerFields(node, "Value").required(tags.boolean, "flag"), {
    message: "Value.flag: expected boolean, found integer",
  });
  fields.any("number");
  t.throws(() => fields.end(), { message: "Value: unexpected field at the end" });
  t.ok(fields.optional(tags.boolean));
  fields.end();
  t.throws(() => fields.any("more"), { message: "Value.more: missing" });
});

t.test("what the writer writes the reader reads", async () => {
  const read = (bytes: Buffer) => parseDer(bytes, "Value");
  const arc = fc.integer({ min: 0, max: 0xffff_ffff });
  const oid = fc
    .tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 39 }), fc.array(arc, { maxLength: 8 }))
    .map(([a, b, rest]) => [a, b, ...rest].join("."));
  const second = fc.integer({ min: Date.UTC(1950) / 1000, max: Date.UTC(9999) / 1000 }).map((n) => n * 1000);
  const day = fc.integer({ min: Date.UTC(1970), max: Date.UTC(2100) });
  const set = (items: Uint8Array[]) => readSetOf(read(write.setOf(...items)), "");
  fc.assert(fc.property(oid, (text) => readOid(read(write.oid(text)), "") === text));
  fc.assert(
    fc.property(fc.maxSafeNat(), (n) => n >= 2 ** 47 || readSmallInteger(read(write.integer(n)), "") === n),
  );
  fc.assert(fc.property(second, (time) => readTime(read(write.time(time)), "") === time));
  fc.assert(fc.property(day, (time) => readGeneralizedTime(read(write.generalizedTime(time)), "") === time));
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      (text) => readText(read(write.utf8String(text)), "") === text,
    ),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
      const content = readInteger(read(write.integer(bytes)), "");
      return BigInt(`0x${content.toString("hex")}`) === BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
    }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 20 })), (bits) => {
      const found = readNamedBits(read(write.namedBits(bits)), "");
      return found.size === bits.length && bits.every((bit) => found.has(bit));
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (contents) => {
      return set(contents.map(write.octetString)).length === contents.length;
    }),
  );
});

t.test("what is located without node-forge is what node-forge reads", async () => {
  type Shape = string | readonly Shape[];
  const ours = ({ tag, content, children }: DerNode): Shape =>
    tag & 0x20 ? children.map(ours) : content.toString("latin1");
  const theirs = ({ value }: ForgeNode): Shape => (typeof value === "string" ? value : value.map(theirs));
  const options = { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: 6 };
  const check = (bytes: Uint8Array) => {
    let shape: Shape;
    try {
      shape = ours(parseDer(bytes, "Value", { maxDepth: 6 }));
    } catch (error) {
      return error instanceof DerError;
    }
    const read = theirs(asn1.fromDer(Buffer.from(bytes).toString("latin1"), options));
    // A BMPString of any class comes as its characters.
    return bytes.some((byte) => (byte & 0x3f) === 0x1e) || JSON.stringify(shape) === JSON.stringify(read);
  };
  const inner = write.sequence(write.octetString(Buffer.alloc(200, 7)), write.explicit(1, write.integer(5)));
  const valid = write.sequence(write.oid("1.2.3"), write.setOf(write.integer(900), inner), inner);
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(255), (at, byte, next) => {
      const changed = Buffer.from(valid);
      changed[at] = byte;
      if (next % 3 === 0 && at + 1 < changed.length) changed[at + 1] = next;
      return check(changed);
    }),
    { numRuns: 3000 },
  );
  const depths = Array.from({ length: 9 }, (_, i) => i);
  const nested = (depth: number): Buffer =>
    depth === 0 ? write.integer(1) : write.sequence(nested(depth - 1));
  fc.assert(fc.property(fc.constantFrom(...depths), (depth) => check(nested(depth))));
});

t.test(
  "a real evidence record of which any one byte is another is parsed or refused with a DerError",
  async (t) => {
    const files = await readPackage(
      readFileSync(new URL("../fixtures/evidence/0.1/package.zip", import.meta.url)),
    );
    const record = files.get("request/evidence.ers")!;
    const escaped: string[] = [];
    for (let at = 0; at < record.length; at++) {
      for (const value of [0x00, 0x1e, 0x24, 0x30, 0x7f, 0x80, 0x84, 0x98, 0xff]) {
        const changed = Buffer.from(record);
        changed[at] = value;
        try {
          parseDer(changed, "record");
        } catch (error) {
          if (!(error instanceof DerError)) escaped.push(`${value} at ${at}: ${error}`);
        }
      }
    }
    t.strictSame(escaped, []);
  },
);

t.test("arbitrary bytes are parsed to the same bytes or refused with a DerError", async () => {
  const check = (bytes: Uint8Array) => {
    try {
      const rebuild = (node: DerNode): Buffer =>
        node.tag & 0x20
          ? write.value(node.tag, ...node.children.map(rebuild))
          : write.value(node.tag, node.content);
      return rebuild(parseDer(bytes, "Value")).equals(bytes);
    } catch (error) {
      return error instanceof DerError;
    }
  };
  const valid = write.sequence(write.oid("1.2.3"), write.setOf(write.integer(900), write.utf8String("text")));
  const behindBmpString = Uint8Array.of(0x1e, 1, 0, 0);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { examples: [[behindBmpString]] });
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(valid);
      changed[at] = byte;
      return check(changed);
    }),
    { numRuns: 2000 },
  );
});
