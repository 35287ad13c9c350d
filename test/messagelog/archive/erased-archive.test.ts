import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { restoreArchive } from "../../../src/assembly/restore-archive.ts";
import { openArchiveReader } from "../../../src/messagelog/archive/archive-reader.ts";
import { EvidenceReader } from "../../../src/messagelog/evidence-reader.ts";
import { keepErasure } from "../../../src/messagelog/retention/erasure-statement.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { testOnStores } from "../../store/test-on-stores.ts";
import { archiveScene, day, judged } from "./archive-scene.ts";

const test = await testOnStores();

test("an archive of which something is erased", async (t, newStore) => {
  const scene = await archiveScene(t, newStore);
  const [erased, kept] = await scene.exchanges(2);
  scene.clock.time += day;
  const live = scene.openReader();
  t.teardown(() => live.close());
  const { populationSeal } = scene.scene.country;
  const signer = new SignerPool(populationSeal.certificate, keyOperation(populationSeal.privateKey));
  await scene.archiveUntil(scene.clock.time);
  const records = (await live.find(erased!)).map(({ writer, number }) => {
    return { writer, number, exchange: erased! };
  });
  await keepErasure(scene.log, signer, {
    ...{ instance: "DEV", time: scene.clock.time, member: "DEV/GOV/10000001" },
    ...{ by: "the court", reason: "case 17", keys: [], records },
  });
  await scene.exchanges(1);
  await scene.archiveUntil(scene.clock.time + day);

  await t.test(
    "content that a later erasure names is not read, though the archive has its ciphertext",
    async (t) => {
      const reader = new EvidenceReader(await openArchiveReader(scene.archive), scene.vault);
      const states = async (id: string) =>
        (await reader.findExchange(id)).records.map(({ head }) => head.state);
      t.strictSame(await states(erased!), ["erased", "erased"]);
      t.strictSame(await states(kept!), ["readable", "readable"]);
      t.equal((await judged(scene.verify())).verdict, "valid", "and the archive is as valid as before");
    },
  );

  await t.test("a restored log has not what was erased", async (t) => {
    const stateDirectory = join(scene.state, "restored");
    const target = await newStore(stateDirectory);
    await restoreArchive(scene.archive, { stateDirectory, postgresql: target.postgresql });
    const restored = target.openReader();
    t.teardown(() => restored.close());
    const lengths = async (id: string) => (await restored.find(id)).map(({ head }) => head.bytes.length > 0);
    t.strictSame(await lengths(erased!), [false, false]);
    t.strictSame(await lengths(kept!), [true, true]);
  });

  await t.test("destroying the keys erases the archive, too", async (t) => {
    for (const { id } of await scene.vault.keysOf(scene.clock.time - day)) {
      await scene.vault.destroy(id, scene.clock.time);
    }
    const reader = new EvidenceReader(await openArchiveReader(scene.archive), scene.vault);
    const [record] = (await reader.findExchange(kept!)).records;
    t.equal(record!.head.state, "erased");
  });

  await t.test("no identifier of a person stands in the archive in clear", async (t) => {
    for (const folder of readdirSync(scene.archive)) {
      for (const name of readdirSync(join(scene.archive, folder))) {
        const text = readFileSync(join(scene.archive, folder, name), "latin1");
        const parts = [
          text,
          ...(text.match(/[\w-]{24,}/g) ?? []).map((one) => Buffer.from(one, "base64url").toString("latin1")),
        ];
        for (const identifier of ["38001010000", "EE47101010033"])
          t.notOk(
            parts.some((part) => part.includes(identifier)),
            `${identifier} in ${name}`,
          );
      }
    }
  });
});

test("a large body travels encrypted, and comes back", async (t, newStore) => {
  const large = await archiveScene(t, newStore);
  const bytes = randomBytes(100_000);
  const body = {
    length: bytes.length,
    bytes,
    blocks: async function* () {
      yield bytes;
    },
  };
  const period = { keepDays: 10, graceDays: 1 };
  const retention = { head: { name: "default", ...period }, body: { name: "default", ...period } };
  const [id] = await large.exchanges(1, { body, retention });
  await large.archiveUntil(large.clock.time + day);
  t.match(await judged(large.verify()), { verdict: "valid" });
  const stateDirectory = join(large.state, "restored");
  const target = await newStore(stateDirectory);
  const { postgresql } = target;
  t.strictSame(await restoreArchive(large.archive, { stateDirectory, postgresql }), {
    records: 2,
    bodies: 1,
  });
  const restored = target.openReader();
  t.teardown(() => restored.close());
  const reader = new EvidenceReader(restored, large.vault, join(stateDirectory, "bodies"));
  const [first] = await restored.find(id!);
  const read = await reader.bodyOf(first!);
  t.ok(read.state === "readable" && read.bytes.equals(bytes));
  t.notOk(existsSync(`${stateDirectory}.unfinished`));
});
