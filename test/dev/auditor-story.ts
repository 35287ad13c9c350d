import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { Account, DemoEvent } from "../../src/dev/demo/event.ts";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";

/*
 * What an auditor, a court and a data protection officer do with an exchange of the demonstration: it is found, exported,
 * proven without the log, its content is erased, and it is proven again; one person is proven and nothing else.
 */

const sealway = join(import.meta.dirname, "../../src/sealway.mjs");

/** Runs a command to its end. */
async function run(
  args: readonly string[],
  input = "",
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [sealway, ...args], { env, stdio: "pipe" });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    texts.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    texts.err += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, ...texts };
}

/** @param country the demonstration's directory, which is deleted @param elsewhereDirectory an empty one */
export async function tellAuditorStory(
  t: Test,
  country: string,
  elsewhereDirectory: string,
  events: readonly DemoEvent[],
): Promise<void> {
  const account = events.find((event): event is Account => event.event === "exchange")!;
  const exchangeId = account.exchangeId!;
  const person = /\/persons\/(\d{11})$/.exec(account.target)![1]!;
  const config = join(country, "servers/benefits/server.json");
  const reader = ["--config", config, "--who", "A. Auditor", "--why", "case 12/2026"];
  const elsewhere = (name: string) => join(elsewhereDirectory, name);
  const verify = (name: string) =>
    run(["verify", "--json", "--anchor", elsewhere("anchor.json"), elsewhere(name)]);

  t.test("it is found by the person, whose code stands nowhere in clear", async (t) => {
    const sought = JSON.stringify({ subject: { scheme: "urn:dev:personal-code", value: person } });
    const found = await run(["log", "search", ...reader, "--sought", "-", "--json"], sought);
    t.equal(found.code, 0, found.err);
    const ids = JSON.parse(found.out).results.map((result: { exchangeId: string }) => result.exchangeId);
    t.ok(ids.includes(exchangeId));
    t.ok(ids.length < events.filter(({ event }) => event === "exchange").length, "and not everything else");
    const grep = spawn("grep", ["-r", "-l", person, join(country, "servers"), join(country, "logs")]);
    t.equal((await once(grep, "close"))[0], 1, "grep finds nothing");
  });

  t.test("what was found is exported, with a manifest of it", async (t) => {
    const { code, err } = await run(["log", "export", ...reader, "--out", elsewhere("found.csv")]);
    t.equal(code, 0, err);
    const csv = readFileSync(elsewhere("found.csv"));
    const manifest = JSON.parse(readFileSync(elsewhere("found.csv.manifest.json"), "utf8"));
    t.match(csv.toString(), exchangeId);
    t.equal(manifest.sha256, createHash("sha256").update(csv).digest("base64url"));
  });

  t.test("its packages are made: whole, and with one person alone", async (t) => {
    const whole = await run(["evidence", ...reader, "--out", elsewhere("whole.zip"), exchangeId]);
    t.equal(whole.code, 0, whole.err);
    const single = ["--without-heads", "--open", "subject-0", "--out", elsewhere("one.zip")];
    const one = await run(["evidence", ...reader, ...single, exchangeId]);
    t.equal(one.code, 0, one.err);
    const answered = ["--without-heads", "--open", "answer-0", "--out", elsewhere("answered.zip")];
    t.equal((await run(["evidence", ...reader, ...answered, exchangeId])).code, 0);
    const opened = [...(await readPackage(readFileSync(elsewhere("answered.zip")))).keys()];
    t.strictSame(
      opened.filter((name) => name.includes("/openings/")),
      ["response/openings/subject-0.json"],
      "who is answered is opened on its own",
    );
  });

  t.test("the content is erased, by order, and the log is whole", async (t) => {
    const order = ["--reason", "order of the inspectorate", "--by", "B. Officer"];
    const erased = await run(["log", "erase", "--config", config, ...order, exchangeId]);
    t.equal(erased.code, 0, erased.err);
    const checked = await run(["log", "check", "--offline", "--json", "--config", config]);
    t.equal(checked.code, 0, checked.out);
    const after = await run(["evidence", ...reader, "--out", elsewhere("erased.zip"), exchangeId]);
    t.equal(after.code, 0, after.err);
  });

  t.test("each package is proven on a machine that has only it and the anchor", async (t) => {
    renameSync(join(country, "authority/anchor.json"), elsewhere("anchor.json"));
    rmSync(country, { recursive: true });
    mkdirSync(country);
    for (const name of ["whole.zip", "one.zip", "erased.zip"]) {
      const { code, out } = await verify(name);
      t.equal(code, 0, out);
    }
    const erased = (await verify("erased.zip")).out;
    t.match(erased, "head-erased");
  });

  t.test("the package about one person tells that person and nothing else of what was asked", async (t) => {
    const files = await readPackage(readFileSync(elsewhere("one.zip")));
    const whole = [...files.values()].map((bytes) => bytes.toString("latin1")).join("\0");
    const opened = files.get("request/openings/subject-0.json")!.toString();
    t.equal(JSON.parse(opened).value, person);
    t.equal(whole.split(person).length - 1, 1, "the code stands in its opening alone");
    for (const secret of ["officer-17", "SB-2026-000117", "X-Road-UserId", account.says]) {
      t.notMatch(whole, secret);
    }
  });
}
