import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { formatCheckpoint, parseCheckpoint } from "../../../src/messagelog/checkpoint/checkpoint.ts";
import {
  formatNote,
  isSigned,
  parseNote,
  publicKeyOf,
  publicKeyText,
  signNote,
} from "../../../src/messagelog/checkpoint/signed-note.ts";
import vectors from "./note-vectors.json" with { type: "json" };

t.test("a note of another implementation verifies, and with one byte changed it does not", async (t) => {
  const [name = "", , key = ""] = vectors.verifierKey.split("+");
  const publicKey = publicKeyOf(Buffer.from(key, "base64").subarray(1).toString("base64url"));
  const note = parseNote(vectors.note);
  t.ok(isSigned(note, [{ name, key: publicKey }]));
  t.notOk(isSigned({ ...note, text: note.text.replace("answer", "Answer") }, [{ name, key: publicKey }]));
  t.equal(formatNote(note), vectors.note);
});

t.test("a note comes back as it was written", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = publicKeyOf(publicKeyText(publicKey));
  const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "ö", "\u2014", " ", "+") }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(lines, (all) => {
      const text = `${all.join("\n")}\n`;
      const note = parseNote(
        formatNote({ text, signatures: [signNote(text, { name: "a/b", key: privateKey })] }),
      );
      return note.text === text && isSigned(note, [{ name: "a/b", key }]);
    }),
  );
});

t.test("a checkpoint comes back as it was written", async (t) => {
  const writer = "0198c5a0-0000-7000-8000-000000000000";
  const checkpoint = {
    ...{ origin: "DEV/GOV/1/ss1", size: 7, root: Buffer.alloc(32, 1) },
    heads: [{ writer, number: 12, chain: Buffer.alloc(32, 2) }],
  };
  t.strictSame(parseCheckpoint(formatCheckpoint(checkpoint)), checkpoint);
});

const root = Buffer.alloc(32).toString("base64");
const malformed: Readonly<Record<string, string>> = {
  "no origin": `\n7\n${root}\n`,
  "leading zero": `a\n07\n${root}\n`,
  "negative size": `a\n-1\n${root}\n`,
  "size beyond 31 bits": `a\n4294967296\n${root}\n`,
  "short root": `a\n7\nAAAA\n`,
  "root in base64url": `a\n7\n${root.replace("A", "_")}\n`,
  "unknown extension": `a\n7\n${root}\nmore\n`,
  "writer without chain": `a\n7\n${root}\nwriter 0198c5a0-0000-7000-8000-000000000000 1\n`,
};
for (const [name, text] of Object.entries(malformed)) {
  t.test(`a malformed checkpoint is refused: ${name}`, async (t) => {
    t.throws(() => parseCheckpoint(text), { code: "malformed_checkpoint" });
  });
}

for (const note of [
  "",
  "text\n",
  "text\n\n",
  "text\n\n\u2014 a\n",
  "text\n\n\u2014 a !!!!\n",
  "te\0xt\n\n\u2014 a AAAAAAA=\n",
]) {
  t.test(`a malformed note is refused: ${JSON.stringify(note)}`, async (t) => {
    t.throws(() => parseNote(note), { code: "malformed_checkpoint" });
  });
}
