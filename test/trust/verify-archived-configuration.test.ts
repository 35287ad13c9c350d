import t from "tap";
import { rootKeysDirectory, rotateKeys } from "../../src/authority/authority-state.ts";
import { verifyArchivedConfiguration } from "../../src/trust/verify-archived-configuration.ts";
import { population, ss1 } from "../authority/sample-registry.ts";
import { PublishedCountry } from "./published-country.ts";

const years = 20 * 365 * 86_400_000;

/** A configuration that was in use, after a change of keys, as a package carries it. */
async function archived(t: { teardown(close: () => unknown): void }) {
  const published = await PublishedCountry.start(t);
  await published.authority.close();
  const keys = rootKeysDirectory(published.stateDir, 1);
  await rotateKeys(published.stateDir, keys, published.country.clock, undefined);
  published.country.clock.time += 60_000;
  await (await published.startAuthority()).close();
  await published.startAuthority();
  // From the start after it on, the new keys alone sign.
  await published.publishMore("archive");
  const client = await published.startClient();
  const files = new Map(client.configuration().files);
  const { time } = published.country.clock;
  published.country.clock.time += years;
  return { files, anchor: published.authority.anchor, time, published };
}

t.test("an archived configuration is verified from the anchor on, however old it is", async (t) => {
  const { files, anchor, time, published } = await archived(t);
  const { configuration, freshAt, findings } = verifyArchivedConfiguration(files, anchor);
  t.same(
    findings.map(({ subject, result }) => [subject, result]),
    [
      ["roots", "valid"],
      ["targets", "valid"],
      ["timestamp", "valid"],
      ["parts", "valid"],
    ],
  );
  t.equal(freshAt, time);
  const { fingerprint } = published.country.populationSeal.certificate;
  t.match(configuration?.seal(fingerprint, time), { member: population, servers: [ss1] });
});

t.test("without its timestamp it is valid, but not proven to be the newest", async (t) => {
  for (const left of ["metadata/timestamp.json", "metadata/4.snapshot.json"]) {
    const { files, anchor } = await archived(t);
    t.ok(files.delete(left));
    const { configuration, freshAt, findings } = verifyArchivedConfiguration(files, anchor);
    t.ok(configuration);
    t.equal(freshAt, undefined);
    t.match(findings, [
      { result: "valid" },
      { result: "valid" },
      { subject: "timestamp", result: "absent" },
      {},
    ]);
  }
});

// biome-ignore format: a table is read by its columns
const damages: readonly (readonly [name: string, subject: string, damage: (files: Map<string, Buffer>) => void])[] = [
  ["without the root in between", "roots", (files) => files.set("metadata/4.root.json", files.get("metadata/2.root.json")!) && files.delete("metadata/2.root.json")],
  ["without the newest root", "targets", (files) => files.delete("metadata/2.root.json")],
  ["with an altered root", "roots", (files) => alter(files, /2\.root/, "ed25519", "ed25518")],
  ["without targets", "targets", (files) => files.delete("metadata/4.targets.json")],
  ["with two targets", "targets", (files) => files.set("metadata/9.targets.json", files.get("metadata/4.targets.json")!)],
  ["with targets under another version", "targets", (files) => files.set("metadata/9.targets.json", files.get("metadata/4.targets.json")!) && files.delete("metadata/4.targets.json")],
  ["with altered targets", "targets", (files) => alter(files, /targets\.json/, '"length":', '"length":1')],
  ["with an altered timestamp", "timestamp", (files) => alter(files, /timestamp\.json/, '"made":"2026', '"made":"2027')],
  ["with an altered snapshot", "timestamp", (files) => alter(files, /snapshot\.json/, '"version":4', '"version":1')],
  ["without a part", "parts", (files) => files.delete([...files.keys()].find((name) => name.endsWith(".seals.json"))!)],
  ["with an altered part", "parts", (files) => alter(files, /\.members\.json/, "population", "populations")],
  ["with files that are empty", "targets", (files) => files.set("metadata/4.targets.json", Buffer.alloc(0))],
];

for (const [name, subject, damage] of damages) {
  t.test(`invalid: ${name}`, async (t) => {
    const { files, anchor } = await archived(t);
    damage(files);
    const { configuration, findings } = verifyArchivedConfiguration(files, anchor);
    t.match(
      findings.filter(({ result }) => result === "invalid"),
      [{ subject }],
    );
    t.equal(configuration === undefined, subject !== "timestamp");
  });
}

t.test("invalid: with the snapshot and timestamp of an earlier version", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const before = client.configuration().files;
  await published.publishMore("archive");
  await published.poll(client);
  const files = new Map(client.configuration().files);
  files.delete("metadata/2.snapshot.json");
  for (const name of ["metadata/1.snapshot.json", "metadata/timestamp.json"])
    files.set(name, before.get(name)!);
  const { freshAt, findings } = verifyArchivedConfiguration(files, published.authority.anchor);
  t.equal(freshAt, undefined);
  t.match(findings, [
    {},
    {},
    { subject: "timestamp", result: "invalid", detail: /targets is not the bytes/ },
    {},
  ]);
});

t.test("invalid: under the anchor of another authority", async (t) => {
  const { files } = await archived(t);
  const other = await PublishedCountry.start(t);
  const { configuration, findings } = verifyArchivedConfiguration(files, other.authority.anchor);
  t.equal(configuration, undefined);
  t.match(findings, [{ subject: "roots", result: "invalid" }]);
});

function alter(files: Map<string, Buffer>, name: RegExp, from: string, to: string): void {
  const path = [...files.keys()].find((key) => name.test(key))!;
  files.set(path, Buffer.from(String(files.get(path)).replace(from, to)));
}
