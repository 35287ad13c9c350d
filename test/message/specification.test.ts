import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import schema from "../../schemas/exchange/v1/exchange.schema.json" with { type: "json" };
import { errorCodes } from "../../src/core/error-codes.ts";
import { maxTargetLength } from "../../src/core/request-target.ts";
import { maxExchangeBytes } from "../../src/message/exchange-document.ts";
import { maxHeadBytes } from "../../src/message/head.ts";
import { maxSignatureLength, parseSignature, signaturePolicy } from "../../src/message/signature-profile.ts";
import { maxWireHeaderBytes } from "../../src/message/wire.ts";
import { seal } from "./scene.ts";

const directory = new URL("../../schemas/exchange/v1/", import.meta.url);
const text = readFileSync(new URL("README.md", directory), "utf8");
const section = (number: number) =>
  text.slice(text.indexOf(`\n## ${number}. `), text.indexOf(`\n## ${number + 1}. `));

t.test("every member of the schema stands in the table of section 3, and no other", async (t) => {
  const table = section(3).slice(0, section(3).indexOf("### 3.1"));
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  const members = rows.flatMap((line) =>
    [...(line.split("|")[1] as string).matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  t.strictSame(members.sort(), Object.keys(schema.properties).sort());
});

t.test("every limit is the code's", async (t) => {
  for (const limit of [
    maxExchangeBytes,
    maxHeadBytes,
    maxSignatureLength,
    maxWireHeaderBytes,
    maxTargetLength,
  ]) {
    t.match(section(2), `| ${limit.toLocaleString("en-US")} `);
  }
});

t.test("every code of the checks is one of the table of errors", async (t) => {
  const rows = section(8)
    .split("\n")
    .filter((line) => /^\| \d+ \|/.test(line));
  t.equal(rows.length, 26);
  const codes = rows.flatMap((line) =>
    [...(line.split("|").at(-2) as string).matchAll(/`([^`]+)`/g)].map(([, code]) => code),
  );
  t.ok(codes.length > 30);
  for (const code of codes) t.ok(Object.hasOwn(errorCodes, code as string), String(code));
});

t.test("every member of the signature's header stands in section 7, in its order", async (t) => {
  const [header = ""] = parseSignature((await seal()).signature).compact.split(".");
  const names = Object.keys(JSON.parse(Buffer.from(header, "base64url").toString()));
  const rows = section(7)
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  t.strictSame(
    rows.map((line) => /`([^`]+)`/.exec(line)?.[1] as string),
    names,
  );
  t.match(section(7), signaturePolicy.id);
});

t.test("every vector file is described", async (t) => {
  for (const file of readdirSync(new URL("vectors/", directory))) t.match(text, `\`${file}\``);
});
