import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { openEvidence } from "../../../src/assembly/open-evidence.ts";
import { orderRetention } from "../../../src/assembly/order-retention.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { verifyPackage } from "../../../src/messagelog/evidence/verify-package.ts";
import { services } from "../../exchange/country/plan.ts";
import type { CountryServer } from "../../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../../exchange/country.ts";

/* Kept, held, erased: real gateways, and commands beside them while they run. */

const code = "46808039945";
const other = "38001085718";
const name = "Marika Õunapuu-Tšistjakova";
const bin = join(import.meta.dirname, "../../../src/sealway.mjs");
const day = 24 * 3_600_000;
const day0 = (time: number) => new Date(time).toISOString().slice(0, 10);

async function command(server: CountryServer, line: readonly string[], input = "") {
  const [one, two, ...rest] = line;
  const args = [bin, one!, two!, "--config", server.configurationFile, ...rest];
  const running = promisify(execFile)(
    process.execPath,
    args.filter((arg) => arg !== ""),
  );
  running.child.stdin!.end(input);
  return running.then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stderr: string; stdout: string }) => ({
      code: error.code,
      text: error.stdout + error.stderr,
    }),
  );
}

function found(server: CountryServer, texts: readonly string[]): string[] {
  const files = readdirSync(server.parts.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const lines = server.logLines.join("\n");
  return texts.flatMap((text) => [
    ...files.filter((file) => formsOf(text).some((form) => readFileSync(file).includes(form))),
    ...(lines.includes(text) ? ["the process log"] : []),
  ]);
}

/** As it is, and in base64 at each of three offsets. */
function formsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const coded = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(offset && 4, -2),
  );
  return [bytes, Buffer.from(bytes.toString("hex")), ...coded.map((form) => Buffer.from(form))];
}

t.test("a service asks for bodies: kept, in the package, held, erased; never in clear", async (t) => {
  const country = await SmallCountry.start(t, { asking: { retention: { rules: [] } } });
  const { asking, answering, register, clock } = country;
  // All of it on one day, which has one key.
  const untilMidnight = day - (clock.now() % day);
  if (untilMidnight < 120_000) clock.ahead += untilMidnight;
  const large = JSON.stringify({ name, padding: "x".repeat(100_000) });
  register.answer({ headers: ["Content-Type", "application/json"], body: large });
  const ask = async (person: string) => {
    const answer = await country.ask({
      method: "POST",
      path: pathOf(services.contested, "/search"),
      headers: ["Content-Type", "application/json"],
      body: JSON.stringify({ code: person }),
    });
    t.equal(answer.status, 200);
    return answer.headers.find(([header]) => header.toLowerCase() === "sealway-exchange-id")![1];
  };
  const [held, free] = [await ask(code), await ask(other)];
  await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
  for (const server of [asking, answering]) {
    t.strictSame(found(server, [code, other, name]), [], "nothing lies in clear");
    t.equal(
      readdirSync(join(server.stateDirectory, "bodies"), { recursive: true }).length,
      3,
      "two large answers",
    );
  }

  const out = join(country.directory, "evidence.zip");
  const why = ["--who", "auditor", "--why", "test", "--out", out, "--with-bodies"];
  t.match(await command(asking, ["evidence", "", ...why, held]), { code: 0 });
  const anchor = readFileSync(country.authority.anchorFile);
  const { verdict, findings } = await verifyPackage(readFileSync(out), { anchor, at: clock.now() });
  t.equal(verdict, "valid");
  t.equal(findings.filter(({ code: what }) => what === "body-matches").length, 2);

  const people = ["--by", "M. Tamm", "--by", "K. Kask"];
  const order = [
    "--case",
    "1-26-4711",
    "--authority",
    "Harju County Court",
    "--review",
    day0(clock.now() + 90 * day),
  ];
  const hold = ["log", "hold", ...order, ...people, "--subject", "urn:dev:personal-code"];
  t.match(await command(asking, hold, `${code}\n`), { code: 0, text: /keeps 2 messages/ });
  const configuration = await loadServerConfiguration(asking.configurationFile);
  const { holds } = await orderRetention(configuration, { order: "list", dryRun: true });
  t.match(holds, [{ state: "in-force", case: "1-26-4711", records: 2 }]);
  const erase = { order: "erase", exchangeId: held, reason: "r", by: "b", dryRun: false } as const;
  await t.rejects(orderRetention(configuration, erase), { code: "legal_hold" });
  t.strictSame(found(asking, [code, other, name]), []);

  clock.ahead += 2 * day;
  t.match(await orderRetention(configuration, { order: "run", dryRun: true }), { keys: 1, held: 1 });
  t.match(await command(asking, ["log", "purge"]), { code: 0, text: /proposed-1-2 body: 1/ });
  t.strictSame(await left(asking, held), ["readable readable", "readable readable"], "held");
  t.strictSame(await left(asking, free), ["readable erased", "readable erased"], "its time has come");
  t.strictSame(
    await left(answering, held),
    ["readable readable", "readable readable"],
    "another server's log",
  );
  t.equal(
    readdirSync(join(asking.stateDirectory, "bodies"), { recursive: true }).length,
    2,
    "one file is left",
  );
});

/** What is left of head and body of each message. */
async function left(server: CountryServer, exchangeId: string): Promise<string[]> {
  const reader = await openEvidence(await loadServerConfiguration(server.configurationFile));
  try {
    const { records } = await reader.findExchange(exchangeId);
    return await Promise.all(
      records.map(async ({ head, record }) => `${head.state} ${(await reader.bodyOf(record)).state}`),
    );
  } finally {
    reader.close();
  }
}
