import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { uuidV7 } from "../../../src/core/uuid.ts";
import { parseStatement } from "../../../src/message/signed-statement.ts";
import { accessType } from "../../../src/messagelog/access-record.ts";
import type { ContextDocument } from "../../../src/messagelog/message-record.ts";
import { AccessIntake } from "../../../src/messagelog/search/access-intake.ts";
import { AccessSpool } from "../../../src/messagelog/search/access-spool.ts";
import { consumerSeal } from "../../message/scene.ts";
import { ManualClock, ManualTimers } from "../sealing-scene.ts";

const read = {
  ...{ time: Date.UTC(2026, 10, 22), who: "An Auditor", account: "audit", why: "case 17" },
  ...({ what: ["consumer=DEV/GOV/1"], action: "search", results: 3 } as const),
};

function scene(t: Test) {
  const directory = join(t.testdir({}), "access");
  const spool = new AccessSpool(directory);
  const kept: ContextDocument[] = [];
  const failures: unknown[] = [];
  const timers = new ManualTimers();
  const log = {
    broken: false,
    keep: async (document: ContextDocument) => {
      if (log.broken) throw new Error("the disk is full");
      kept.push(document);
    },
  };
  const intake = () => {
    return new AccessIntake({
      ...{ spool, log, signer: consumerSeal.signer, instance: "DEV", clock: new ManualClock() },
      ...{ after: timers.after, failed: (error: unknown) => failures.push(error) },
    });
  };
  return { directory, spool, kept, failures, timers, log, intake };
}

t.test(
  "a read waits durably, for its owner's eyes only, and becomes a signed statement in the log",
  async (t) => {
    const { directory, spool, kept, intake } = scene(t);
    await spool.record(read);
    const [name] = readdirSync(directory);
    t.equal(statSync(directory).mode & 0o777, 0o700);
    t.equal(statSync(join(directory, name!)).mode & 0o777, 0o600);
    await intake().close();
    t.strictSame(readdirSync(directory), [], "what the log has waits no more");
    t.equal(kept.length, 1);
    const { payload } = parseStatement(kept[0]!.bytes, accessType);
    t.match(payload, { ...read, instance: "DEV", id: name!.slice(0, -5), taken: new ManualClock().now() });
    t.equal(kept[0]!.kind, "access");
  },
);

t.test("a read that the log cannot take waits until it can", async (t) => {
  const { directory, spool, kept, failures, timers, log, intake } = scene(t);
  log.broken = true;
  await spool.record(read);
  const taking = intake();
  await taking.takeUp();
  t.match(failures, [/disk is full/, /disk is full/]);
  t.equal(readdirSync(directory).length, 1);
  log.broken = false;
  timers.waiting.at(-1)!.run();
  await taking.close();
  t.equal(kept.length, 1);
});

t.test("a read that cannot be recorded is refused", async (t) => {
  const { directory, spool } = scene(t);
  writeFileSync(directory, "a file where the folder should be");
  await t.rejects(spool.record(read), { code: "log_unavailable", detail: /nothing is shown/ });
});

t.test("what no command wrote is put aside, and holds up nobody", async (t) => {
  const { directory, spool, kept, intake } = scene(t);
  mkdirSync(directory);
  const put = (content: string) => writeFileSync(join(directory, `${uuidV7(read.time)}.json`), content);
  put("no JSON");
  put("null");
  put(JSON.stringify({ ...read, id: "x", what: [7] }));
  put(JSON.stringify({ ...read, id: "x", who: "\ud800" }));
  put("x".repeat(1_000_000));
  symlinkSync("/etc/hostname", join(directory, `${uuidV7(read.time)}.json`));
  await spool.record(read);
  await intake().close();
  t.equal(kept.length, 1);
  const left = readdirSync(directory);
  t.equal(left.filter((name) => name.endsWith(".json.unreadable")).length, 6);
  t.equal(left.length, 6);
  t.equal(readFileSync(join(directory, left[0]!)).length > 0, true);
});
