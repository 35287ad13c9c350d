import fc from "fast-check";
import t from "tap";
import { fromBufferPromise } from "yauzl";
import { buildEvidencePackage } from "../../src/messagelog/evidence/evidence-package.ts";
import { hasPlace, isSafePath } from "../../src/messagelog/evidence/package-layout.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { writePackage } from "../../src/messagelog/evidence/package-write.ts";
import { readPlainDirectory, type ZipEntry } from "../../src/messagelog/evidence/zip-directory.ts";
import { writeAnchor } from "../../src/trust/anchor.ts";
import { EvidenceScene } from "./evidence-scene.ts";
import { forged, judged } from "./evidence-tampering.ts";

const scene = await EvidenceScene.start(t);
const at = scene.now + 60_000;
const good = await buildEvidencePackage(await scene.goodParts());
const small = await writePackage(
  new Map([
    ["aa/one", Buffer.from("one")],
    ["aa/two", Buffer.alloc(100_000)],
  ]),
);

/** The one finding that an unusable package has. */
async function unusable(bytes: Buffer): Promise<string> {
  const { verdict, failures } = await judged(bytes, { at });
  return verdict === "unusable" ? failures.join(" ") : verdict;
}

/** Every occurrence replaced by as many bytes. */
function patched(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
}

const directorySignature = Buffer.from("504b0102", "hex");

/** A number in the directory's first entry, or in that of a later one. */
function withDirectoryField(bytes: Buffer, offset: number, value: number, size: 2 | 4, entry = 0): Buffer {
  const copy = Buffer.from(bytes);
  let start = copy.indexOf(directorySignature);
  for (let i = 0; i < entry; i++) start = copy.indexOf(directorySignature, start + 4);
  copy.writeUIntLE(value, start + offset, size);
  return copy;
}

t.test("not a zip file", async (t) => {
  t.equal(await unusable(Buffer.from("this is no package")), "package-unreadable");
  t.equal(await unusable(Buffer.alloc(0)), "package-unreadable");
});

t.test("truncated zip", async (t) => {
  for (const length of [good.length - 1, good.length - 30, good.length >> 1, 30]) {
    t.equal(await unusable(good.subarray(0, length)), "package-unreadable", `${length} bytes`);
  }
});

t.test("zip bomb: more than a verifier takes, by its own word", async (t) => {
  t.equal(await unusable(withDirectoryField(good, 24, 0x7fff_ffff, 4)), "package-too-large");
});

t.test("zip bomb: more than it says", async (t) => {
  t.equal(await unusable(withDirectoryField(small, 24, 10, 4, 1)), "package-too-large");
});

t.test("zip bomb: more entries than a verifier takes", async (t) => {
  const files = new Map(Array.from({ length: 1001 }, (_, i) => [`aa/${i}`, Buffer.alloc(0)] as const));
  t.equal(await unusable(await writePackage(files)), "package-too-large");
});

t.test("zip bomb: entries that share their bytes", async (t) => {
  const count = 600;
  const stored = Buffer.alloc(50_000, "x");
  const files = new Map(Array.from({ length: count }, (_, i) => [`aa/${100 + i}`, Buffer.alloc(0)] as const));
  let bytes = await writePackage(new Map([["aa/000", stored], ...files]));
  bytes = withDirectoryField(bytes, 20, bytes.length, 4);
  t.match(await unusable(bytes), /package-(?:ambiguous|unreadable)/);
});

t.test("path traversal", async (t) => {
  for (const name of ["../one", "aa/../x", "/aaone", "aa\\one", "C:/one", "aa//one", "./aone", "aaöone"]) {
    const length = Buffer.byteLength(name, "latin1");
    const packed = await writePackage(new Map([["q".repeat(length), Buffer.from("x")]]));
    t.equal(await unusable(patched(packed, "q".repeat(length), name)), "package-unsafe-name", name);
  }
});

t.test("duplicate entry", async (t) => {
  t.equal(await unusable(patched(small, "aa/two", "aa/one")), "package-duplicate-name");
});

t.test("entry that has another name in the directory than at its place", async (t) => {
  const at = small.lastIndexOf("aa/one");
  const copy = Buffer.from(small);
  copy.write("aa/six", at);
  t.equal(await unusable(copy), "package-ambiguous");
});

t.test("entry whose bytes are not those of the checksum", async (t) => {
  t.equal(await unusable(withDirectoryField(small, 16, 1, 4)), "package-unreadable");
});

t.test("encrypted entry, and one of an unknown compression", async (t) => {
  t.equal(await unusable(withDirectoryField(small, 8, 1, 2)), "package-unreadable");
  const method = withDirectoryField(small, 10, 12, 2);
  method.writeUInt16LE(12, 8);
  t.equal(await unusable(method), "package-unreadable");
});

t.test("a package that was packed again by another program, with folders, is the same", async (t) => {
  const files = await readPackage(good);
  const again = await writePackage(new Map([...files].reverse()));
  const folder = patched(
    await writePackage(new Map([["aaaaa", Buffer.alloc(0)], ...files])),
    "aaaaa",
    "aaaa/",
  );
  t.equal((await judged(again, { at })).verdict, "valid");
  t.equal((await judged(folder, { at })).verdict, "valid");
});

t.test("manifest of a later version, and of none", async (t) => {
  const withManifest = async (text: string) =>
    unusable(await writePackage(new Map([["manifest.json", Buffer.from(text)]])));
  t.equal(await withManifest('{"v":2}'), "manifest-version");
  t.equal(await withManifest('{"v":1}'), "manifest-unreadable");
  t.equal(await withManifest('{"v":1,"v":1}'), "manifest-unreadable");
  t.equal(await withManifest("nothing"), "manifest-unreadable");
});

t.test("whatever the bytes are, there is a verdict", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      return (await judged(Buffer.from(bytes), { at })).verdict === "unusable";
    }),
    { numRuns: 200 },
  );
});

t.test("whatever stands in a file, there is a verdict, and it is not valid", async (t) => {
  const anchor = writeAnchor(scene.published.authority.anchor);
  // TUF signs its metadata in canonical form: blanks in roots and timestamp change nothing.
  const paths = [...(await readPackage(good)).keys()].filter(
    (path) =>
      /^(?:request|response|context)\//.test(path) && !/extracted|root\.json|timestamp\.json/.test(path),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.nat(),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      async (path, position, patch) => {
        const bad = await forged(good, (files) => {
          const copy = Buffer.from(files.get(path)!);
          copy.set(
            patch.subarray(0, Math.min(patch.length, copy.length)),
            position % Math.max(1, copy.length - 4),
          );
          files.set(path, copy.equals(files.get(path)!) ? Buffer.concat([copy, Buffer.of(0x20)]) : copy);
        });
        return (await judged(bad, { anchor, at })).verdict === "invalid";
      },
    ),
    { numRuns: 40 },
  );
  t.ok(paths.length > 15);
});

t.test("a directory that is read at once says what yauzl reads from it", async (t) => {
  const end = small.length - 22;
  const start = small.readUInt32LE(end + 16);
  const told = ({ fileNameRaw, ...entry }: ZipEntry) => [
    fileNameRaw.toString("latin1"),
    ...(["compressionMethod", "compressedSize", "uncompressedSize", "crc32"] as const).map(
      (name) => entry[name],
    ),
    entry.relativeOffsetOfLocalHeader,
    entry.generalPurposeBitFlag,
  ];
  const read = async (bytes: Buffer) => {
    const entries: unknown[] = [];
    const zip = await fromBufferPromise(bytes, { decodeStrings: false });
    for await (const entry of zip.eachEntry()) {
      if (entry.extraFields.length > 0) throw new Error("an extra field");
      entries.push(told(entry));
    }
    return entries;
  };
  t.equal(readPlainDirectory(small)?.length, 2);
  t.equal(readPlainDirectory(good)?.map(told).length, (await readPackage(good)).size);
  t.equal(readPlainDirectory(Buffer.concat([small, Buffer.of(0)])), undefined);
  const odd = fc.constantFrom(0, 1, 0x50, 0x4b, 8, 0xff);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: start, max: small.length - 1 }), odd, odd, async (at, one, other) => {
      const changed = Buffer.from(small);
      changed[at] = one;
      if (at + 1 < changed.length && other < 0xff) changed[at + 1] = other;
      const plain = readPlainDirectory(changed);
      if (plain === undefined) return true;
      return JSON.stringify(plain.map(told)) === JSON.stringify(await read(changed));
    }),
    { numRuns: 1500 },
  );
});

t.test("every name that has a place is safe to unpack", async () => {
  const piece = fc.constantFrom(
    "request",
    "..",
    ".",
    "exchange",
    "context",
    "configuration",
    "1",
    "targets",
    "",
    "a\\b",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const path = pieces.join("/");
      return !hasPlace(path) || isSafePath(path);
    }),
  );
});
