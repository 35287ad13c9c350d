import { cpSync, rmSync, writeFileSync } from "node:fs";
import { loadMasterKey } from "../../../src/messagelog/master-key.ts";
import { readErasures } from "../../../src/messagelog/retention/erasure-statement.ts";
import { decryptHead } from "../../../src/messagelog/sealed-head.ts";
import { openVault } from "../../../src/messagelog/vault.ts";
import { handOverVault } from "../../../src/messagelog/vault-hand-over.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { checkChains } from "../check-chains.ts";
import { day, guest, owner, retentionScene } from "./retention-scene.ts";

const test = await testOnStores();

const run = { order: "run", dryRun: false } as const;

test("heads and bodies end when their own time has come, not a day earlier", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore);
  const id = await keep({ body: Buffer.from("small") });
  clock.time += 10 * day;
  t.match(await office.execute(run), { keys: 0 }, "ten days after noon: not ten whole days");
  clock.time += day / 2;
  t.strictSame(await office.execute(run), {
    keys: 1,
    held: 0,
    late: 0,
    finished: 0,
    byClass: { "bodies body": 1 },
  });
  t.equal(await left(id), "readable erased");
  clock.time += 20 * day - 1;
  t.match(await office.execute(run), { keys: 0 });
  clock.time += 1;
  t.match(await office.execute(run), { keys: 1, byClass: { "heads head": 1 } });
  t.equal(await left(id), "erased erased");
});

test("search tags end with the quarter in which they were made", async (t, newStore) => {
  const { office, keep, stored, clock, vault } = await retentionScene(t, newStore);
  const subjects = [{ role: "asked-about", scheme: "urn:dev:code", value: "46808039945" }];
  const record = await stored(await keep({ subjects }));
  const [{ key }] = JSON.parse(record.tags.toString()) as [{ key: string }];
  const found = () => vault.find(Buffer.from(key.replaceAll("-", ""), "hex"));
  clock.time = Date.UTC(2027, 0, 30, 23, 59);
  await office.execute(run);
  t.match(await found(), { state: "present" });
  clock.time = Date.UTC(2027, 0, 31);
  await office.execute(run);
  t.strictSame(await found(), { state: "destroyed" });
});

test("an erasure is a signed record by rule, class and day, and chain and batch stay good", async (t, newStore) => {
  const { office, keep, log, clock, read } = await retentionScene(t, newStore);
  const ids = [await keep(), await keep({ member: guest })];
  clock.time += day;
  await keep();
  t.equal(await log.sealNow(), true);
  clock.time += 31 * day;
  t.match(await office.execute(run), { keys: 3 });
  await keep();
  t.equal(await log.sealNow(), true);
  await read(async (reader) => {
    const erasures = await readErasures(reader.log);
    const members = new Set(erasures.map(({ member }) => member));
    t.strictSame(members, new Set([owner, guest]), "each member signs its own");
    const own = erasures.find(({ member }) => member === owner)!;
    t.match(own, { by: "rule", reason: null, time: clock.time, instance: "DEV", records: { length: 0 } });
    t.strictSame(
      own.keys.map(({ keys, ...entry }) => ({ ...entry, count: keys.length })),
      ["2026-11-22", "2026-11-23"].map((date) => ({
        ...{ class: "heads", part: "head", day: date, hold: null, count: 1 },
        rule: { keepDays: 30, graceDays: 5 },
      })),
    );
    for await (const finding of checkChains(reader.log)) t.fail(finding.finding);
    for (const id of ids) {
      const [one] = (await reader.findExchange(id)).records;
      t.ok(one!.sealed, "its evidence record is there");
      t.equal(one!.head.state, "erased");
    }
    const { previous, documents } = await reader.log.unsealed(0);
    t.equal(previous?.number, 2);
    t.strictSame(documents, [], "the erasures are covered by the next batch");
  });
});

test("a dry run says what would end and changes nothing", async (t, newStore) => {
  const { office, keep, left, clock, read } = await retentionScene(t, newStore);
  const id = await keep();
  clock.time += 40 * day;
  t.match(await office.execute({ ...run, dryRun: true }), { keys: 1, late: 1 });
  t.equal(office.state().late, 1, "late is what stands");
  t.equal(await left(id), "readable not-kept");
  t.strictSame(await read((reader) => readErasures(reader.log)), []);
});

test("a rule that changed counts as it is now", async (t, newStore) => {
  let keepDays = 60;
  const { office, keep, left, clock } = await retentionScene(t, newStore, {
    periodOf: (_, name) => (name === "heads" ? { keepDays, graceDays: 5 } : undefined),
  });
  const id = await keep();
  clock.time += 40 * day;
  t.match(await office.execute(run), { keys: 0 });
  keepDays = 7;
  t.match(await office.execute(run), { keys: 1 });
  t.equal(await left(id), "erased not-kept");
});

test("a clock that runs ahead erases nothing", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore, {
    trustedTime: async () => trusted,
  });
  const trusted = clock.now();
  const id = await keep();
  clock.time += 4000 * day;
  t.match(await office.execute(run), { keys: 0 });
  t.equal(await left(id), "readable not-kept");
});

test("without a time-stamping authority nothing is erased", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore, {
    trustedTime: async () => Promise.reject(new Error("no authority answers")),
  });
  const id = await keep();
  clock.time += 40 * day;
  await t.rejects(office.execute(run), /no authority answers/);
  t.equal(await left(id), "readable not-kept");
});

test("with a large body its file goes", async (t, newStore) => {
  const { office, keep, bodyFiles, clock } = await retentionScene(t, newStore);
  await keep({ body: Buffer.alloc(70_000) });
  t.equal(bodyFiles().length, 1);
  clock.time += 11 * day;
  t.match(await office.execute(run), { keys: 1 });
  t.equal(bodyFiles().length, 0);
});

test("a signer that fails leaves everything as it was", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore, {
    signerOf: () => {
      throw new Error("no signer");
    },
  });
  const id = await keep();
  clock.time += 40 * day;
  await t.rejects(office.execute(run), /no signer/);
  t.equal(await left(id), "readable not-kept");
});

test("a vault restored from a backup gives no destroyed key back", async (t, newStore) => {
  const { office, officeOf, log, keep, left, clock, vaultPath, directory } = await retentionScene(
    t,
    newStore,
  );
  const id = await keep();
  cpSync(vaultPath, `${directory}/backup`, { recursive: true });
  clock.time += 40 * day;
  await office.execute(run);
  rmSync(vaultPath, { recursive: true });
  cpSync(`${directory}/backup`, vaultPath, { recursive: true });
  t.equal(await left(id), "readable not-kept", "the backup brings it back");
  t.equal(await officeOf(log).start(), 1);
  t.equal(await left(id), "erased not-kept", "until the server starts");
  t.equal(await officeOf(log).start(), 0);
});

test("one exchange is erased alone, by a signed order", async (t, newStore) => {
  const { office, keep, left, read, clock, bodyFiles } = await retentionScene(t, newStore);
  const [one, other] = [await keep({ body: Buffer.alloc(70_000) }), await keep()];
  const order = {
    order: "erase",
    exchangeId: one,
    reason: "order 12/2026",
    by: "M. Tamm",
    dryRun: true,
  } as const;
  t.strictSame(await office.execute(order), { records: 1 });
  t.equal(await left(one), "readable readable");
  t.strictSame(await office.execute({ ...order, dryRun: false }), { records: 1 });
  t.equal(await left(one), "erased erased");
  t.equal(await left(other), "readable not-kept");
  t.equal(bodyFiles().length, 0);
  const [erasure] = await read((reader) => readErasures(reader.log));
  t.match(erasure, {
    ...{ by: "M. Tamm", reason: "order 12/2026", member: owner, time: clock.now(), keys: { length: 0 } },
    records: [{ number: 1, exchange: one }],
  });
  t.strictSame(await office.execute({ ...order, dryRun: false }), { records: 0 }, "nothing is left to erase");
});

test("a member that leaves takes its own vault, or has it destroyed; others keep theirs", async (t, newStore) => {
  const scene = await retentionScene(t, newStore);
  const { office, keep, stored, left, read, vaultPath, directory, masterKey } = scene;
  const [own, theirs] = [await keep(), await keep({ member: guest })];
  const masterKeyFile = `${directory}/server.key`;
  writeFileSync(masterKeyFile, `${masterKey.export().toString("base64url")}\n`, { mode: 0o600 });
  const taken = `${directory}/taken`;
  t.equal(await handOverVault(vaultPath, masterKeyFile, guest, taken), 1);
  await t.rejects(handOverVault(vaultPath, masterKeyFile, guest, taken), { code: "EEXIST" });
  await t.rejects(handOverVault(vaultPath, masterKeyFile, "DEV/GOV/1", `${taken}-2`), /has no vault/);

  const order = { order: "leave", reason: "moved", by: ["M. Tamm", "K. Kask"], dryRun: false } as const;
  await t.rejects(office.execute({ ...order, member: owner }), { code: "bad_request" }, "it is served here");
  t.strictSame(await office.execute({ ...order, member: guest, dryRun: true }), { keys: 1 });
  t.equal(await left(theirs), "readable not-kept");
  t.strictSame(await office.execute({ ...order, member: guest }), { keys: 1 });
  t.equal(await left(theirs), "erased not-kept");
  t.equal(await left(own), "readable not-kept");
  t.match(await read((reader) => readErasures(reader.log)), [
    { member: guest, by: "M. Tamm, K. Kask", reason: "moved" },
  ]);

  const copy = await openVault(`${taken}/vault`, await loadMasterKey(`${taken}/master.key`));
  const record = await stored(theirs);
  const found = await copy.find(record.head.keyId, guest);
  t.ok(
    found.state === "present" && decryptHead(found.key, record.head, record),
    "the member reads what it took",
  );
  t.strictSame(await copy.find((await stored(own)).head.keyId), { state: "missing" });
});

test("a member of which a legal hold keeps records is not ended", async (t, newStore) => {
  const { office, keep, left, clock } = await retentionScene(t, newStore);
  const id = await keep({ member: guest });
  const by = ["M. Tamm", "K. Kask"] as const;
  const scope = { kind: "exchanges", ids: [id] } as const;
  const held = { case: "7", authority: "court", scope, review: clock.now() + day, by };
  await office.execute({ order: "hold", dryRun: false, ...held });
  const leave = { order: "leave", member: guest, reason: "moved", by, dryRun: false } as const;
  await t.rejects(office.execute(leave), { code: "legal_hold" });
  t.equal(await left(id), "readable not-kept");
});
