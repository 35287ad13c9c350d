import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import t, { type Test } from "tap";
import { initAuthority, rootKeysDirectory, rotateKeys } from "../../src/authority/authority-state.ts";
import { loadOnlineKeys } from "../../src/authority/ceremony/online-keys.ts";
import { writeRoot } from "../../src/authority/repository.ts";
import { type ClientId, unsafeId } from "../../src/core/ids.ts";
import type { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { newDirectory } from "../new-directory.ts";

import { PublishedCountry } from "./published-country.ts";
import { type Tampering, TamperingMirror } from "./tampering-mirror.ts";

const minute = 60_000;
const archive = unsafeId<ClientId>("DEV/GOV/10000001/archive");

/** The keys with which the authority signs: stolen. */
function onlineKeysOf({ stateDir, authority }: PublishedCountry) {
  return loadOnlineKeys(stateDir, [{ bytes: authority.anchor.root }], undefined);
}

/** The last good version stays in use, and the status says what was refused. */
function refusesNewest(t: Test, client: ConfigurationClient, why: RegExp, kind = "refused"): void {
  t.equal(client.current().content.version, 1);
  t.notOk(client.current().isRegistered(archive));
  t.match(client.status().problems, [{ kind, detail: why }]);
  t.equal(client.status().state, kind === "refused" ? "alarm" : "fresh");
}

// biome-ignore format: a table is read by its columns
const tamperings: readonly (readonly [name: string, path: string, tampering: Tampering, why: RegExp, kind?: string])[] = [
  ["an oversized timestamp", "metadata/timestamp.json", Buffer.alloc(16_385, " "), /longer than 16384 bytes/],
  ["an endless timestamp", "metadata/timestamp.json", (response) => { const more = () => { while (response.write(Buffer.alloc(65_536))); }; response.on("drain", more); more(); }, /longer than 16384 bytes/],
  ["a timestamp that is not JSON", "metadata/timestamp.json", Buffer.from("<html>"), /JSON/],
  ["a timestamp that is null", "metadata/timestamp.json", Buffer.from("null"), /null/],
  ["a timestamp of another type", "metadata/timestamp.json", Buffer.from('{"signed":{"_type":"targets"},"signatures":[]}'), /expected 'timestamp'/],
  ["a timestamp cut short", "metadata/timestamp.json", (response, original) => response.end(original.subarray(0, -20)), /JSON/],
  ["a connection that breaks in the middle", "metadata/timestamp.json", (response, original) => { response.writeHead(200, { "content-length": original.length }); response.write(original.subarray(0, 100), () => response.destroy()); }, /timestamp.json/, "unreachable"],
  ["a timestamp with another expiry than was signed", "metadata/timestamp.json", (response, original) => response.end(String(original).replace('"expires":"2026', '"expires":"2036')), /signed by 0\/1 keys/],
  ["a snapshot that is not the one of the timestamp", "metadata/2.snapshot.json", (response, original) => response.end(String(original).replace('"version":2', '"version":3')), /snapshot metadata error.*Expected/],
  ["targets that are not the ones of the snapshot", "metadata/2.targets.json", (response, original) => response.end(String(original).replace("configuration/members", "configuration/numbers")), /targets error.*Expected/],
  ["a missing snapshot", "metadata/2.snapshot.json", 404, /status 404/, "unreachable"],
  ["a timestamp that unpacks without end", "metadata/timestamp.json", (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(10_000_000))), /longer than 16384 bytes/],
  ["a timestamp that is said to be packed", "metadata/timestamp.json", (response, original) => response.writeHead(200, { "content-encoding": "gzip" }).end(original), /is no gzip/, "unreachable"],
  ["packed targets that were cut short", "metadata/2.targets.json", (response, original) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(original).subarray(0, -9)), /is no gzip/, "unreachable"],
  ["a mirror that answers with errors", "metadata/timestamp.json", 500, /status 500/, "unreachable"],
  ["a root that is not signed", "metadata/2.root.json", Buffer.from("{}"), /signed is not defined/],
];

for (const [name, path, tampering, why, kind] of tamperings) {
  t.test(`${name}: refused, the last good version stays`, async (t) => {
    const published = await PublishedCountry.start(t);
    const client = await published.startClient();
    await published.publishMore("archive");
    published.mirror.tampered.set(path, tampering);
    await published.poll(client);
    refusesNewest(t, client, why, kind);
    published.mirror.tampered.clear();
    await published.poll(client);
    t.ok(client.current().isRegistered(archive), "and the next good one is taken");
    t.equal(client.status().state, "fresh");
  });
}

t.test("a part that was tampered with: refused, the last good version stays", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const before = new Set(readdirSync(join(published.repository, "targets/configuration")));
  await published.publishMore("archive");
  const [part] = readdirSync(join(published.repository, "targets/configuration")).filter(
    (name) => !before.has(name),
  );
  const path = `targets/configuration/${part}`;
  for (const [why, tampered] of [
    [/not the bytes that were signed/, String(published.file(path)).replace("archive", "archivf")],
    [/not the bytes that were signed/, String(published.file(path)).slice(1)],
    [/longer than \d+ bytes/, `${published.file(path)} `],
  ] as const) {
    published.mirror.tampered.set(path, Buffer.from(tampered));
    await published.poll(client);
    refusesNewest(t, client, why);
  }
});

t.test("roll-back to an older timestamp: refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const old = published.snapshot();
  await published.publishMore("archive");
  const client = await published.startClient();
  published.mirror.directory = old;
  await published.poll(client);
  t.ok(client.current().isRegistered(archive));
  t.match(client.status().problems, [{ kind: "refused", detail: /timestamp version \d is less than/ }]);
  await client.close();
  const restarted = await published.startClient();
  t.ok(restarted.current().isRegistered(archive), "also after a restart");
  t.match(restarted.status().problems, [{ kind: "refused" }]);
});

t.test("an older snapshot under a newer timestamp, signed with stolen online keys: refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const { signTimestamp } = await import("../../src/authority/sign-metadata.ts");
  const old = published.file("metadata/1.snapshot.json");
  await published.publishMore("archive");
  const client = await published.startClient();
  const keys = await onlineKeysOf(published);
  const snapshot = { version: 1, bytes: old };
  const forged = signTimestamp(99, published.country.clock.time, snapshot, keys.timestamp);
  published.mirror.tampered.set("metadata/timestamp.json", forged.bytes);
  await published.poll(client);
  t.ok(client.current().isRegistered(archive));
  t.match(client.status().problems, [{ kind: "refused", detail: /snapshot version 1 is less than/ }]);
});

t.test("two snapshots of one version (a fork): refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const { signSnapshot, signTargets, signTimestamp } = await import("../../src/authority/sign-metadata.ts");
  const keys = await onlineKeysOf(published);
  const now = published.country.clock.time + 1_000;
  const targets = signTargets(1, now, new Map(), keys.targets);
  const snapshot = signSnapshot(1, now, targets, keys.snapshot);
  const forged = signTimestamp(99, now, snapshot, keys.timestamp);
  published.mirror.tampered.set("metadata/timestamp.json", forged.bytes);
  published.mirror.tampered.set("metadata/1.snapshot.json", snapshot.bytes);
  await published.poll(client);
  t.match(client.status().problems, [{ kind: "refused", detail: /fork/ }]);
  t.equal(client.current().content.members.length, 2);
});

t.test("a frozen mirror: alarm after ten minutes, expired after 72 hours", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  published.mirror.directory = published.snapshot();
  published.country.clock.time += 10 * minute + 1;
  await published.publishMore("archive");
  await published.poll(client);
  t.equal(client.status().state, "alarm");
  t.match(client.status().problems, [{ kind: "frozen" }]);
  published.country.clock.time += 72 * 60 * minute;
  await published.poll(client);
  t.equal(client.status().state, "expired");
  t.match(client.status().problems, [{ kind: "refused", detail: /expired/ }]);
  t.throws(() => client.current(), { code: "configuration_expired" });
});

t.test("mix and match: an old snapshot under the new timestamp is refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const old = published.file("metadata/1.snapshot.json");
  await published.publishMore("archive");
  published.mirror.tampered.set("metadata/2.snapshot.json", old);
  await published.poll(client);
  refusesNewest(t, client, /Expected (?:hash|length)/);
});

t.test("a clock that is behind the authority's raises the alarm", async (t) => {
  const published = await PublishedCountry.start(t);
  const late = { now: () => published.country.clock.time - 2 * minute };
  const client = await published.startClient({ clock: late });
  t.equal(client.status().state, "alarm");
  t.match(client.status().problems, [{ kind: "clock" }]);
});

t.test("another authority's repository, signed with other root keys: refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const other = await PublishedCountry.start(t);
  other.country.clock.time += 1_000;
  await other.authority.renew();
  const client = await published.startClient({ mirrors: [other.mirror.url] });
  t.throws(() => client.current(), { code: "configuration_expired" });
  t.match(client.status().problems, [{ kind: "refused", detail: /signed by 0\/1 keys/ }]);
});

t.test("a configuration of another instance, signed with the right keys: refused", async (t) => {
  const published = await PublishedCountry.start(t);
  for (const [wrong, why] of [
    [{ instance: "TEST" }, /of instance DEV, not TEST/],
    [{ purpose: "production" as const }, /for demonstration, but the anchor is for production/],
  ] as const) {
    const anchor = { ...published.authority.anchor, ...wrong };
    const client = await published.startClient({ anchor, directory: newDirectory() });
    t.throws(() => client.current(), { code: "configuration_expired" });
    t.match(client.status().problems, [{ kind: "refused", detail: why }]);
    await client.close();
  }
});

t.test("a rotation of all keys is followed, also by a client that slept through it", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  for (const version of [1, 2]) {
    const oldKeys = rootKeysDirectory(published.stateDir, version);
    await rotateKeys(published.stateDir, oldKeys, published.country.clock, undefined);
    published.country.clock.time += minute;
    await published.authority.renew();
  }
  await published.publishMore("archive");
  await published.poll(client);
  t.ok(client.current().isRegistered(archive));
  t.equal(client.status().state, "fresh");
  t.match(
    [...client.configuration().files.keys()].filter((name) => name.includes("root")),
    ["metadata/1.root.json", "metadata/2.root.json", "metadata/3.root.json"],
  );
  await client.close();
  await published.mirror.close();
  const offline = await published.startClient();
  t.ok(offline.current().isRegistered(archive), "and its cache follows them from the anchor");
});

t.test("a rotation that comes without the rest counts: the old keys are of no use any more", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const old = published.snapshot();
  await published.authority.close();
  const oldKeys = rootKeysDirectory(published.stateDir, 1);
  await rotateKeys(published.stateDir, oldKeys, published.country.clock, undefined);
  const root = readFileSync(join(published.stateDir, "next-root.json"));
  await writeRoot(published.repository, { version: 2, bytes: root });
  await published.poll(client);
  t.match(client.status().problems, [{ kind: "refused", detail: /signed by 0\/1 keys/ }]);
  t.ok(client.current(), "the last good version stays in use");
  await client.close();
  published.mirror.directory = old;
  const restarted = await published.startClient();
  t.ok(restarted.current(), "after a restart too, under the root of its time");
  t.match(restarted.status().problems, [{ kind: "refused", detail: /signed by 0\/1 keys/ }]);
});

t.test("a root that keys of a stranger signed: refused", async (t) => {
  const published = await PublishedCountry.start(t);
  const client = await published.startClient();
  const stranger = newDirectory();
  const { clock } = published.country;
  await initAuthority({ stateDir: stranger, instance: "DEV", purpose: "demonstration", clock });
  await rotateKeys(stranger, rootKeysDirectory(stranger, 1), clock, undefined);
  const mirror = await TamperingMirror.start(join(stranger, "repository"));
  t.teardown(() => mirror.close());
  const root = readFileSync(join(stranger, "next-root.json"));
  published.mirror.tampered.set("metadata/2.root.json", root);
  await published.publishMore("archive");
  await published.poll(client);
  refusesNewest(t, client, /root was signed by 0\/2 keys/);
});

t.test("one of three root keys cannot change the keys", async (t) => {
  const published = await PublishedCountry.start(t);
  const keys = rootKeysDirectory(published.stateDir, 1);
  for (const name of ["root-1.pem", "root-2.pem"]) rmSync(join(keys, name));
  const moved = join(newDirectory(), "offline");
  renameSync(keys, moved);
  await t.rejects(rotateKeys(published.stateDir, moved, published.country.clock, undefined), {
    message: /too few/,
  });
  t.same(
    readdirSync(join(published.repository, "metadata")).filter((name) => name.includes("root")),
    ["1.root.json"],
  );
});
