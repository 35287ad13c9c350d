import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { RecoveredFolder } from "../../../src/messagelog/recovery/recovered-folder.ts";

const id = uuidV7(1_790_000_000_000);

t.test("a package is written once, for its owner alone", async (t) => {
  const directory = t.testdir();
  const folder = new RecoveredFolder(directory);
  t.equal(await folder.read(id), undefined);
  t.notOk(folder.has(id));
  await folder.keep(id, Buffer.from("first"));
  await folder.keep(id, Buffer.from("second"));
  t.same(await folder.read(id), Buffer.from("first"));
  t.ok(folder.has(id));
  t.same(readdirSync(join(directory, "recovered")), [`${id}.zip`]);
  t.equal(statSync(join(directory, "recovered")).mode & 0o777, 0o700);
  t.equal(statSync(folder.pathOf(id)).mode & 0o777, 0o600);
});

t.test("a crash while a package was written leaves nothing that counts", async (t) => {
  const directory = t.testdir({ recovered: { [`${id}.zip.1.new`]: "half" } });
  const folder = new RecoveredFolder(directory);
  t.equal(await folder.read(id), undefined);
  await folder.keep(id, Buffer.from("whole"));
  t.equal(readFileSync(folder.pathOf(id), "utf8"), "whole");
});

t.test("two servers that give the same exchange at once: one package is kept whole", async (t) => {
  const directory = t.testdir();
  const folder = new RecoveredFolder(directory);
  const given = [1, 2, 3, 4].map((n) => Buffer.alloc(n * 300_000, n));
  await Promise.all(given.map((bytes) => folder.keep(id, bytes)));
  const kept = readFileSync(folder.pathOf(id));
  t.ok(given.some((bytes) => bytes.equals(kept)));
  t.same(readdirSync(join(directory, "recovered")), [`${id}.zip`]);
});

t.test("what peers give leaves the disk to the exchanges", async (t) => {
  const directory = t.testdir();
  const folder = new RecoveredFolder(directory, Number.MAX_SAFE_INTEGER);
  await t.rejects(folder.keep(id, Buffer.from("x")), { code: "log_unavailable" });
  t.same(readdirSync(join(directory, "recovered")), []);
});

t.test("no name of a peer's choice leads out of the folder", (t) => {
  const folder = new RecoveredFolder(t.testdir());
  for (const name of ["../escape", "", `${id}/../x`, id.toUpperCase(), `${id}\0`, "con"])
    t.throws(() => folder.pathOf(name), { message: "no exchange id" }, JSON.stringify(name));
  t.end();
});

t.test("progress outlives the process, and is begun anew when it is lost", async (t) => {
  const directory = t.testdir();
  const record = sha256Base64Url("record");
  const server = { until: 3_600_000, failure: "peer_unreachable" };
  await new RecoveredFolder(directory).writeProgress(record, { v: 1, servers: { "DEV/GOV/1/ss1": server } });
  t.same((await new RecoveredFolder(directory).progress(record)).servers, { "DEV/GOV/1/ss1": server });
  t.same((await new RecoveredFolder(directory).progress(sha256Base64Url("another"))).servers, {});
  const [name] = readdirSync(join(directory, "recovered"));
  writeFileSync(join(directory, "recovered", name!), "{");
  t.same((await new RecoveredFolder(directory).progress(record)).servers, {}, "a damaged file says nothing");
});
