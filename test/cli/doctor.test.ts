import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type Diagnosis, diagnose } from "../../src/assembly/doctor/diagnose.ts";
import { logDirectory } from "../../src/assembly/log-store.ts";
import { run } from "../../src/cli/doctor.ts";
import { paint } from "../../src/cli/paint.ts";
import { freePort } from "../../src/dev/free-port.ts";
import { writeIdentity } from "../../src/dev/identity-files.ts";
import { SmallCountry } from "../exchange/country.ts";
import { newDirectory } from "../new-directory.ts";

const [healthPort, closedPort] = [await freePort(), await freePort()];
const rogueAway = { severity: "warning", what: /DEV\/.*cannot be reached: .*ECONNREFUSED/ };
const country = await SmallCountry.start(t, { asking: { healthInterface: { port: healthPort } } });
const { asking, answering, clock, trust } = country;

/** A variant of the asking server's configuration, beside its files. */
function changed(change: (configuration: Record<string, readonly object[]>) => object): string {
  const configuration = JSON.parse(readFileSync(asking.configurationFile, "utf8"));
  const file = join(asking.parts.directory, "changed.json");
  writeFileSync(file, JSON.stringify({ ...configuration, ...change(configuration) }));
  return file;
}

async function examine(file = asking.configurationFile): Promise<ReadonlyMap<string, Diagnosis>> {
  const all = await diagnose(file, clock, () => {});
  return new Map(all.map((diagnosis) => [diagnosis.name, diagnosis]));
}

/** What is not well, by name; of the server that tests play it is known that it is not there. */
function unwell(all: ReadonlyMap<string, Diagnosis>): Record<string, string> {
  return Object.fromEntries(
    [...all.values()]
      .map(({ name, state, findings }): [string, string] => {
        const rest = findings.filter(({ what }) => !what.startsWith(country.rogue.id));
        return [name, rest.length === 0 && findings.length > 0 ? "well" : state];
      })
      .filter(([, state]) => state !== "well"),
  );
}

function hasFinding(
  t: Test,
  all: ReadonlyMap<string, Diagnosis>,
  name: string,
  what: RegExp,
  state = "broken",
) {
  const { findings, ...diagnosis } = all.get(name)!;
  t.equal(diagnosis.state, state, `${name} is ${state}`);
  const finding = findings.find((one) => what.test(one.what));
  t.ok(finding, `${name}: ${what} in ${findings.map((one) => one.what).join(" | ")}`);
  for (const text of [finding?.why, finding?.remedy])
    t.match(text, /^.{10,}[.?]$/s, "explained in sentences");
}

t.test("beside the running server all is well, and of peers it names the one that is away", async (t) => {
  const all = await examine();
  t.strictSame(unwell(all), {});
  t.match(all.get("peers")!.findings, [rogueAway]);
  t.equal(all.size, 15);
});

t.test("a peer that does not know our certificate", async (t) => {
  const { ca, rogue } = country;
  const file = changed(() => ({
    peerInterface: { port: 0, certificate: "other.cert.pem", key: "other.key.pem" },
  }));
  const passphrase = readFileSync(join(country.directory, "passphrase"), "utf8").trim();
  await writeIdentity(asking.parts.directory, "other", ca.issueTls(rogue.id, "Somebody else"), passphrase);
  const all = await examine(file);
  hasFinding(t, all, "peers", /it does not know our TLS certificate/, "warning");
  hasFinding(t, all, "certificates", /it is not registered for this server/);
});

t.test("OCSP: a seal that is revoked, and a responder that is away", async (t) => {
  const seal = [...asking.parts.seals.values()][0]!;
  const { knobs } = trust.ocsp;
  knobs.revoked.push({ serial: seal.certificate.serial.toString("hex"), time: Date.now() - 60_000 });
  hasFinding(t, await examine(), "ocsp", /it is revoked/);
  knobs.revoked.length = 0;
  knobs.fault = "try-later";
  hasFinding(t, await examine(), "ocsp", /OCSP for seal /);
  knobs.fault = "none";
});

t.test("a time-stamping authority that gives no token", async (t) => {
  trust.tsa.knobs.fault = "rejection";
  const all = await examine();
  hasFinding(t, all, "time-stamps", /http:\/\/127\.0\.0\.1/);
  trust.tsa.knobs.fault = "none";
});

t.test("our clock, against the time-stamping authority and the governing authority", async (t) => {
  const fast = { now: () => clock.now() + 45_000 };
  const all = new Map(
    (await diagnose(asking.configurationFile, fast, () => {})).map((one) => [one.name, one]),
  );
  hasFinding(t, all, "time-stamps", /the clock is 4\d s fast/);
  hasFinding(t, all, "clock", /is 4\d s behind this machine's/, "warning");
});

t.test("without the server all is well, too; ports that it cannot have are named", async (t) => {
  await asking.stop();
  t.teardown(() => asking.start());
  t.strictSame(unwell(await examine()), { alarms: "not examined" });
  // A port that another process has, and an address that is not of this machine.
  const other = createServer().listen(asking.parts.peerPort, "127.0.0.1");
  await once(other, "listening");
  hasFinding(t, await examine(), "ports", /peerInterface\.port: .*EADDRINUSE/);
  await once(other.close(), "close");
  const away = changed(() => ({ healthInterface: { host: "192.0.2.1", port: 1 } }));
  hasFinding(t, await examine(away), "ports", /healthInterface\.port: .*EADDRNOTAVAIL/);
});

t.test("secrets that others may read, or that are not there", async (t) => {
  const { masterKeyFile } = JSON.parse(
    readFileSync(
      changed(() => ({ masterKeyFile: "gone.key" })),
      "utf8",
    ),
  );
  hasFinding(
    t,
    await examine(join(asking.parts.directory, "changed.json")),
    "secrets",
    new RegExp(`${masterKeyFile}, cannot be read`),
  );
  const passphrase = join(country.directory, "passphrase");
  chmodSync(passphrase, 0o644);
  const all = await examine();
  chmodSync(passphrase, 0o600);
  hasFinding(t, all, "secrets", /passphrase, is open to others \(mode 644\)/);
  hasFinding(t, all, "certificates", /must be readable by its owner only/);
});

t.test("folders that others may enter, or nobody can make", async (t) => {
  chmodSync(asking.stateDirectory, 0o755);
  hasFinding(t, await examine(), "folders", /is open to others \(mode 755\)/, "warning");
  chmodSync(asking.stateDirectory, 0o700);
  const long = changed(() => ({ stateDirectory: `/tmp/${"long/".repeat(25)}` }));
  hasFinding(t, await examine(long), "orders", /too long for the order socket/);
});

t.test("clients and members that are not registered here", async (t) => {
  const nobody = { id: "DEV/GOV/99999999/nobody" };
  const file = changed(({ clients, members }) => ({
    clients: [...clients!, { ...clients![0], ...nobody }],
    members: [...members!, { id: "DEV/GOV/99999999" }],
  }));
  const all = await examine(file);
  hasFinding(t, all, "registration", /DEV\/GOV\/99999999\/nobody is in `clients`, but not registered/);
  hasFinding(t, all, "registration", /DEV\/GOV\/99999999 is in `members`/);
  hasFinding(t, all, "certificates", /there is no certificate for seal DEV\/GOV\/99999999/);
});

t.test("a log that is spoiled", async (t) => {
  const state = newDirectory();
  mkdirSync(logDirectory(state));
  writeFileSync(join(logDirectory(state), "log.db"), "x".repeat(4096));
  const all = await examine(changed(() => ({ stateDirectory: state })));
  hasFinding(t, all, "database", /log\.db, cannot be read: file is not a database/);
});

t.test("a configuration file with faults: each is told, and nothing else is guessed at", async (t) => {
  const file = join(newDirectory(), "server.json");
  writeFileSync(file, '{"server": "DEV/GOV/1/ss", "stateDirektory": "x"}');
  const all = await examine(file);
  hasFinding(t, all, "configuration", /^stateDirektory: unknown key/);
  t.equal(all.get("node")!.state, "well");
  t.ok([...all.values()].slice(2).every(({ state }) => state === "not examined"));
  hasFinding(t, await examine("/nowhere/server.json"), "configuration", /ENOENT/);
});

t.test("no global configuration: what needs it is left out, the rest is examined", async (t) => {
  const state = newDirectory();
  const file = changed(() => ({ stateDirectory: state, mirrors: [`http://127.0.0.1:${closedPort}/`] }));
  const all = await examine(file);
  hasFinding(t, all, "trust", /no global configuration is in force; there is none yet; unreachable/);
  t.equal(all.get("certificates")!.state, "not examined");
  t.equal(all.get("folders")!.state, "well");
});

t.test("alarms of the running server are findings", async (t) => {
  await answering.stop();
  const all = await examine();
  await answering.start();
  hasFinding(t, all, "peers", new RegExp(`^${answering.parts.id} at 127`), "warning");
  t.ok(asking.gateway.health().alarms.length >= all.get("alarms")!.findings.length);
});

/** What the command prints, and its exit code. */
async function command(t: Test, ...args: string[]): Promise<{ code: number; text: string }> {
  const written = t.capture(process.stdout, "write", () => true);
  try {
    const code = await run(args);
    return {
      code,
      text: written()
        .map((one) => String(one.args[0]))
        .join(""),
    };
  } finally {
    written.restore();
  }
}

t.test(
  "the command: 0 with warnings, 1 when something is broken; for people and as JSON, plain in a pipe",
  async (t) => {
    const good = await command(t, "--config", asking.configurationFile);
    t.equal(good.code, 0, good.text);
    t.match(good.text, /^ok {7}configuration file\n/);
    t.notMatch(good.text, "\u001b");
    const bad = await command(t, "--config", "/nowhere/server.json", "--json");
    t.equal(bad.code, 1);
    const { broken, examinations } = JSON.parse(bad.text);
    t.equal(broken, true);
    t.match(examinations[0], { name: "configuration", state: "broken", findings: [{ severity: "broken" }] });
  },
);

t.test("colours: on a terminal, and never with NO_COLOR or on a dumb one", async (t) => {
  t.equal(paint("x", "red", { isTTY: true }, {}), "\u001b[31mx\u001b[0m");
  t.equal(paint("x", "red", {}, {}), "x");
  t.equal(paint("x", "red", { isTTY: true }, { NO_COLOR: "1" }), "x");
  t.equal(paint("x", "red", { isTTY: true }, { TERM: "dumb" }), "x");
});
