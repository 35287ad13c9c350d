import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { run as evidence } from "../../../src/cli/evidence.ts";
import { run as exportLog } from "../../../src/cli/log-export.ts";
import { run as reindex } from "../../../src/cli/log-reindex.ts";
import { run as search } from "../../../src/cli/log-search.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { accessType, type LogAccess } from "../../../src/messagelog/access-record.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { services } from "../../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";

const country = await SmallCountry.start(t);
const { asking, answering } = country;
const reader = ["--config", asking.configurationFile, "--who", "An Auditor", "--why", "case 17"];
const answer = await country.ask({ path: pathOf(services.open, "/a"), headers: ["X-Road-Id", "q-17"] });
const exchangeId = answer.header("sealway-exchange-id")!;

/** What a command prints. */
async function printed(run: (args: readonly string[]) => Promise<number>, ...args: string[]) {
  const out = t.capture(process.stdout, "write", () => true);
  const err = t.capture(process.stderr, "write", () => true);
  try {
    const code = await run(args);
    const text = (calls: ReturnType<typeof out>) => calls.map(({ args: [line] }) => String(line)).join("");
    return { code, out: text(out()), err: text(err()) };
  } finally {
    out.restore();
    err.restore();
  }
}

/** The reads that the asking server's log has, oldest first. */
async function reads(): Promise<LogAccess[]> {
  const log = openLogReader(join(asking.stateDirectory, "log"));
  const documents = await log.documentsOf("access");
  log.close();
  return documents.map(({ bytes }) => parseStatement<LogAccess>(bytes, accessType).payload);
}

t.test("log search beside the running server finds the exchange, with its other side", async (t) => {
  const beside = ["--beside", answering.configurationFile];
  const { code, out } = await printed(search, ...reader, ...beside, "--query-id", "q-17", "--json");
  t.equal(code, 0);
  t.match(JSON.parse(out), {
    results: [
      { exchangeId, queryId: "q-17", role: "consumer", outcome: "answered", other: { role: "provider" } },
    ],
    cursor: null,
  });
  const table = await printed(search, ...reader, "--outcome", "answered");
  t.match(table.out, exchangeId);
  t.match((await printed(search, ...reader, "--query-id", "another")).out, "nothing found");
});

t.test("a status is found, and a person asks for a file", async (t) => {
  t.match((await printed(search, ...reader, "--status", "2xx")).out, exchangeId);
  t.match((await printed(search, ...reader, "--status", "5xx")).out, "nothing found");
  const sought = join(t.testdir({}), "sought.json");
  writeFileSync(sought, JSON.stringify({ subject: { scheme: "urn:sealway:dev:person", value: " 1 " } }));
  t.match((await printed(search, ...reader, "--sought", sought)).out, "nothing found");
});

t.test("log export writes the file, its manifest, and two records", async (t) => {
  const out = join(t.testdir({}), "found.csv");
  t.match(await printed(exportLog, ...reader, "--query-id", "q-17", "--out", out), {
    code: 0,
    out: /1 exchanges/,
  });
  const bytes = readFileSync(out);
  const manifest = JSON.parse(readFileSync(`${out}.manifest.json`, "utf8"));
  const sha256 = createHash("sha256").update(bytes).digest("base64url");
  t.match(bytes.toString(), exchangeId);
  t.match(manifest, {
    who: "An Auditor",
    why: "case 17",
    count: 1,
    bytes: bytes.length,
    sha256,
    query: ["queryId=q-17"],
  });
  t.equal(statSync(out).mode & 0o777, 0o600);
  await t.rejects(printed(exportLog, ...reader, "--out", out), { code: "EEXIST" });
});

t.test("each read is in the log, signed by the server's owner", async (t) => {
  await asking.restart();
  const all = await reads();
  const exported = all.filter(({ action }) => String(action).startsWith("export"));
  t.match(all[0], {
    who: "An Auditor",
    why: "case 17",
    what: ["queryId=q-17"],
    action: "search",
    results: 1,
  });
  t.match(
    exported.map(({ action, results }) => [action, results]),
    [
      ["export", null],
      ["export-ended", 1],
    ],
  );
  const subject = all.find(({ what }) => what.includes("subject"));
  t.ok(subject, "who sought a person");
  t.notMatch(JSON.stringify(subject!.what), /value/);
});

t.test("log reindex builds the index anew", async (t) => {
  t.match(await printed(reindex, "--config", asking.configurationFile), { code: 0, out: /segments/ });
  t.match((await printed(search, ...reader, "--query-id", "q-17")).out, exchangeId);
});

t.test("nothing is shown when the read cannot be recorded", async (t) => {
  const access = join(asking.stateDirectory, "access");
  const out = join(t.testdir({}), "found");
  await asking.stop();
  if (existsSync(access)) renameSync(access, `${access}.aside`);
  writeFileSync(access, "no folder");
  for (const [run, args] of [
    [search, []],
    [exportLog, ["--out", out]],
    [evidence, ["--out", out, exchangeId]],
  ] as const) {
    const shown: string[] = [];
    const capture = t.capture(process.stdout, "write", (line: unknown) => shown.push(String(line)) > 0);
    const failure = await run([...reader, ...args]).then(
      () => "none",
      (error: { code: string }) => error.code,
    );
    capture.restore();
    t.strictSame([failure, shown], ["log_unavailable", []]);
  }
  t.notOk(existsSync(out));
  t.strictSame(readdirSync(join(out, "..")), []);
  rmSync(access);
  mkdirSync(access);
});

t.test("a reader says who and why", async (t) => {
  await t.rejects(search(["--config", "none.json"]), /--who NAME is required/);
  await t.rejects(search(["--config", "none.json", "--who", "x"]), /--why REASON is required/);
  await t.rejects(search([...reader, "--status", "600"]), /--status 600 is none/);
  await t.rejects(search([...reader, "--since", "yesterday"]), /--since yesterday is none/);
});
