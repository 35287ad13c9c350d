import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import t from "tap";
import { checkOwnLog } from "../../src/assembly/check-own-log.ts";
import { confirmDiscontinuity, declareDiscontinuity } from "../../src/assembly/declare-discontinuity.ts";
import { installRecord } from "../../src/assembly/known-heads.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { originOf, parseCheckpoint } from "../../src/messagelog/checkpoint/checkpoint.ts";
import { parseNote } from "../../src/messagelog/checkpoint/signed-note.ts";
import { listOfficers, makeOfficer } from "../exchange/country/officer.ts";
import { services } from "../exchange/country/plan.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";
import { until } from "../until.ts";

const country = await SmallCountry.start(t);
const { asking, answering } = country;
const latest = join(asking.stateDirectory, "checkpoint/latest.note");

async function exchange(): Promise<void> {
  await country.ask({ path: pathOf(services.open, "/x") });
  await asking.gateway.sealNow();
}

/** What health says of the checkpoints of the server that asks. */
function checkpoint() {
  return asking.gateway.health().checkpoint as { size: number; cosignedSize: number; unwilling: string[] };
}

t.test("each batch is cosigned by the authority and the peer", async (t) => {
  await exchange();
  await until(() => checkpoint().cosignedSize > 0 && checkpoint().unwilling.length === 0);
  const { text: signed, signatures } = parseNote(readFileSync(latest, "utf8"));
  const { origin, size, heads } = parseCheckpoint(signed);
  t.equal(origin, originOf(asking.parts.id));
  t.equal(size, checkpoint().size);
  t.equal(heads.length, 1, "the writer that is running");
  t.strictSame(
    signatures.map(({ name }) => name),
    [asking.parts.id, "DEV/authority", answering.parts.id],
  );
  t.equal(asking.gateway.health().status, "ok");
});

t.test("a server starts again on its own log", async (t) => {
  const { size } = checkpoint();
  await asking.restart();
  t.ok(checkpoint().cosignedSize >= size);
  await exchange();
  await until(() => checkpoint().cosignedSize > size);
});

async function damagesFound(): Promise<string[]> {
  const configuration = await loadServerConfiguration(asking.configurationFile);
  const { damages } = await checkOwnLog(configuration, { clock: country.clock, witnesses: "asked" });
  return damages.map(({ kind, detail }) => `${kind}: ${detail ?? ""}`);
}

/** `sealway log check`, as a process of its own. */
async function checkCommand(...more: string[]): Promise<{ status: number | null; text: string }> {
  const sealway = join(import.meta.dirname, "../../src/sealway.mjs");
  const args = [sealway, "log", "check", "--config", asking.configurationFile, ...more];
  // Nothing of the test's own: its loaders are not the command's.
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [[status], printed] = await Promise.all([once(child, "exit"), text(child.stdout)]);
  return { status, text: printed };
}

t.test("the check finds no damage, beside the running server", async (t) => {
  await until(() => checkpoint().cosignedSize === checkpoint().size);
  const configuration = await loadServerConfiguration(asking.configurationFile);
  const result = await checkOwnLog(configuration, { clock: country.clock, witnesses: "asked" });
  t.strictSame(result.damages, []);
  t.strictSame(result.checkpoints.map(({ by }) => by).sort(), [
    answering.parts.id,
    "the governing authority",
    "this server itself",
  ]);
  t.equal(result.silent.size, 0);
  t.ok(result.records > 0);
  t.match(await checkCommand(), { status: 0, text: /cosigned by DEV\/authority.*\n(?:.*\n)*no damage\n$/ });
});

t.test("a whole database restored from yesterday's copy: the start is refused", async (t) => {
  await asking.stop();
  const copy = join(country.directory, "yesterday");
  cpSync(join(asking.stateDirectory, "log"), copy, { recursive: true });
  await asking.start();
  await exchange();
  const { size } = checkpoint();
  await until(() => checkpoint().cosignedSize === size);
  await asking.stop();
  rmSync(join(asking.stateDirectory, "log"), { recursive: true });
  cpSync(copy, join(asking.stateDirectory, "log"), { recursive: true });
  const refused = {
    code: "log_discontinuous",
    detail: /^the log has \d+ batches, but .+ has seen \d+: it was rolled back/,
  };
  await t.rejects(asking.start(), refused);
  rmSync(latest);
  await t.rejects(asking.start(), refused, "also when its own note is gone: the witnesses know");
});

t.test("the check says who has seen more", async (t) => {
  const found = await damagesFound();
  t.match(found, [/^cut-off/, /^rolled-back: the log has \d+ batches, .* has seen \d+$/, /^rolled-back/]);
  t.equal(found.length, 3, "the authority and the peer");
  t.match(await checkCommand(), {
    status: 1,
    text: /\nDAMAGE rolled-back: batch \d+: a witness has seen more/,
  });
  const { status, text: printed } = await checkCommand("--json");
  t.equal(status, 1);
  t.match(JSON.parse(printed), { valid: false, damages: [{ kind: "cut-off" }, { kind: "rolled-back" }, {}] });
  t.match(
    await checkCommand("--offline"),
    { status: 0 },
    "its own note is gone, too: nobody is left to know",
  );
});

t.test("the start is refused with one officer, and allowed with two", async (t) => {
  const officer = (name: string) => makeOfficer(country, asking, name);
  const [anna, boris, carl] = [await officer("anna"), await officer("boris"), await officer("carl")];
  await listOfficers(country, asking, [anna, boris]);
  await answering.restart();
  const configuration = await loadServerConfiguration(asking.configurationFile);
  const { clock } = country;
  const { record, payload } = await declareDiscontinuity(
    configuration,
    anna.files,
    "both disks failed",
    clock,
  );
  t.ok(payload.lost.size > payload.kept.size);
  const directory = dirname(latest);
  const alone = await installRecord(directory, record);
  await t.rejects(asking.start(), { code: "log_discontinuous" }, "one officer");
  rmSync(alone);
  const denied = { code: "access_denied" };
  await t.rejects(
    confirmDiscontinuity(configuration, anna.files, record, clock),
    denied,
    "the same officer twice",
  );
  await t.rejects(confirmDiscontinuity(configuration, carl.files, record, clock), denied, "somebody else");
  await confirmDiscontinuity(configuration, boris.files, record, clock);
  await asking.start();
  await exchange();
  await until(() => checkpoint().cosignedSize === checkpoint().size && checkpoint().unwilling.length === 0);
  t.strictSame(await damagesFound(), []);
  const state = await fetch(new URL(`/witness/v1/latest?origin=${asking.parts.id}`, country.authority.url));
  const { size, discontinuities } = (await state.json()) as { size: number; discontinuities: string[] };
  t.equal(size, checkpoint().size);
  t.equal(discontinuities.length, 1, "public");
  await asking.restart();
});
