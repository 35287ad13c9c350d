import { randomBytes } from "node:crypto";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { uuidV7 } from "../../src/core/uuid.ts";
import type { MessageStore, SealedContent } from "../../src/messagelog/message-store.ts";
import {
  mostActive,
  type PermissionStore,
  type StoredRevision,
} from "../../src/policy/permissions/permission-store.ts";
import { openPostgresPermissionStore } from "../../src/store/postgres/permission-store.ts";
import { exchangeIdBytes } from "../../src/store/sqlite/columns.ts";
import { openForWriting } from "../../src/store/sqlite/database.ts";
import { openSqlitePermissionStore } from "../../src/store/sqlite/permission-store.ts";
import { permissionsPath } from "../../src/store/sqlite/permission-table.ts";
import { sampleRecord } from "../messagelog/sample-record.ts";
import { newDirectory } from "../new-directory.ts";
import type { NewStore } from "./scene-store.ts";
import { testOnStores } from "./test-on-stores.ts";

/* What both stores of permissions promise. */

const onStores = await testOnStores();

interface Scene {
  readonly log: MessageStore;
  /** As another node, or the same one anew, would open it. */
  open(): PermissionStore;
}

async function newScene(t: Test, newStore: NewStore): Promise<Scene> {
  const scene = await newStore(newDirectory());
  const log = await scene.open(systemClock);
  t.teardown(() => log.close());
  const { location, postgresql } = scene;
  const open = () => {
    const store =
      postgresql === undefined
        ? openSqlitePermissionStore(location)
        : openPostgresPermissionStore(postgresql);
    t.teardown(() => store.close());
    return store;
  };
  return { log, open };
}

const person = randomBytes(32);

function revision(changes: Partial<StoredRevision> = {}): StoredRevision {
  return {
    ...{ id: uuidV7(systemClock.now()), revision: 1, provider: "P/1/2/p", consumer: "C/1/2/c" },
    ...{ service: "P/1/2/p/s", purpose: "onboarding", state: "requested", person },
    ...{ document: Buffer.from('{"name":"é"}'), statement: randomBytes(32).toString("base64url") },
    ...{ signed: Buffer.from("a.b.c"), keyId: randomBytes(16), secret: randomBytes(100) },
    ...changes,
  };
}

function sealedContent(): SealedContent {
  const head = { keyId: randomBytes(16), bytes: randomBytes(100), sha256: randomBytes(32) };
  return { head, tags: Buffer.alloc(0) };
}

const asked = { person, consumer: "C/1/2/c", service: "P/1/2/p/s", purpose: "onboarding" };

const found = ({ person: of, statement, document }: StoredRevision) => {
  return { person: of, statement, document: document.toString("utf8") };
};

onStores("revisions follow each other, and the newest one is looked up", async (t, newStore) => {
  const { open } = await newScene(t, newStore);
  const store = open();
  const first = revision();
  t.equal(await store.byId(first.id), undefined);
  t.ok(await store.add(first));
  t.notOk(await store.add(first), "a second beginning");
  t.notOk(await store.add({ ...first, revision: 3 }), "one is left out");
  t.same(await store.activeFor(asked), [], "asked for is not given");
  const second = { ...revision({ id: first.id, state: "active" }), revision: 2 };
  t.ok(await store.add(second));
  t.notOk(await store.add({ ...second, state: "withdrawn" }), "another act came first");
  t.same(await store.byId(first.id), found(second));
  t.same(await store.activeFor(asked), [found(second)]);
  t.same(await store.revisions(first.id), [first, second]);
  t.same(await store.revisions(uuidV7(systemClock.now())), []);
});

onStores("a withdrawal counts on every node from the moment it is made", async (t, newStore) => {
  const { open } = await newScene(t, newStore);
  const [one, other] = [open(), open()];
  const given = revision({ state: "active" });
  for (let round = 1; round <= 20; round++) {
    const { id } = given;
    const next = { ...given, id: uuidV7(systemClock.now()), state: "active" };
    t.ok(await one.add(next));
    t.equal((await other.byId(next.id))?.statement, next.statement);
    const withdrawn = { ...next, revision: 2, state: "withdrawn", statement: revision().statement };
    t.ok(await one.add(withdrawn));
    t.equal((await other.byId(next.id))?.statement, withdrawn.statement);
    t.same(await other.activeFor(asked), [], `${id}`);
  }
});

onStores("of acts at once one counts", async (t, newStore) => {
  const { open } = await newScene(t, newStore);
  const stores = [open(), open(), open()];
  const first = revision();
  t.ok(await stores[0]!.add(first));
  const states = ["active", "declined", "ended"];
  const added = await Promise.all(
    stores.map((store, i) => store.add({ ...first, revision: 2, state: states[i]! })),
  );
  t.equal(added.filter((one) => one).length, 1);
  t.equal((await stores[0]!.revisions(first.id)).length, 2);
});

onStores("only what fits is found for a call, newest first", async (t, newStore) => {
  const store = (await newScene(t, newStore)).open();
  const fitting: StoredRevision[] = [];
  for (let i = 0; i < 3; i++) {
    const one = revision({ state: "active", id: uuidV7(systemClock.now() + i) });
    t.ok(await store.add(one));
    fitting.unshift(one);
  }
  const others: Partial<StoredRevision>[] = [
    { person: randomBytes(32) },
    { consumer: "C/1/2/other" },
    { service: "P/1/2/p/other" },
    { purpose: "lending" },
    { state: "requested" },
  ];
  for (const other of others) t.ok(await store.add(revision({ state: "active", ...other })));
  t.same(
    (await store.activeFor(asked)).map(({ statement }) => statement),
    fitting.map(({ statement }) => statement),
  );
});

onStores("one in force is found behind a hundred that have expired", async (t, newStore) => {
  const store = (await newScene(t, newStore)).open();
  const began = systemClock.now();
  const all = Array.from({ length: 110 }, (_, i) => revision({ state: "active", id: uuidV7(began + i) }));
  for (const one of all) t.ok(await store.add(one));
  t.same(await store.activeFor(asked), all.slice(-mostActive).toReversed().map(found));
});

onStores("lists have pages, newest first", async (t, newStore) => {
  const store = (await newScene(t, newStore)).open();
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const id = uuidV7(systemClock.now() + i);
    t.ok(await store.add(revision({ id, ...(i === 0 && { consumer: "C/1/2/other" }) })));
    ids.unshift(id);
  }
  t.ok(await store.add(revision({ provider: "P/1/2/other" })));
  const idsOf = async (listing: object) =>
    (await store.list({ provider: "P/1/2/p", limit: 100, ...listing })).map(({ id }) => id);
  t.same(await idsOf({}), ids);
  t.same(await idsOf({ limit: 2 }), ids.slice(0, 2));
  t.same(await idsOf({ limit: 2, before: ids[1] }), ids.slice(2, 4));
  t.same(await idsOf({ person }), ids);
  t.same(await idsOf({ person: randomBytes(32) }), []);
  t.same(await idsOf({ consumer: "C/1/2/other" }), ids.slice(4));
  t.same(await idsOf({ state: "active" }), []);
});

onStores("uses are those that the log has counted", async (t, newStore) => {
  const { log, open } = await newScene(t, newStore);
  const store = open();
  const now = systemClock.now();
  t.same(await store.used(["permission/a", "permission/b"], now), [0, 0]);
  const uses = [{ counter: "permission/a", limit: 2, expires: now + 60_000 }];
  const outcome = await log.append({ ...sampleRecord({ time: now }), uses }, sealedContent());
  t.equal(outcome.outcome, "recorded");
  t.same(await store.used(["permission/a", "permission/b"], now), [1, 0]);
  t.same(await store.used(["permission/a"], now + 60_000), [0], "forgotten when it has expired");
  const many = Array.from({ length: 40 }, (_, i) => (i % 13 === 0 ? "permission/a" : `permission/${i}`));
  const counts = many.map((name) => (name === "permission/a" ? 1 : 0));
  t.same(
    [await store.used(many, now), await store.used([], now)],
    [counts, []],
    "many at once, in their order",
  );
});

onStores("a store that is closed says so", async (t, newStore) => {
  const store = (await newScene(t, newStore)).open();
  await store.add(revision());
  await store.close();
  await t.rejects(store.byId(uuidV7(systemClock.now())), { code: "log_unavailable" });
  await t.rejects(store.add(revision()), { code: "log_unavailable" });
});

onStores(
  "requests that wait are found in the order of their ids, and what names a person is erased",
  async (t, newStore) => {
    const { open } = await newScene(t, newStore);
    const store = open();
    const ids: string[] = [];
    for (const state of ["requested", "active", "requested", "requested"]) {
      const one = revision({ id: uuidV7(systemClock.now() + ids.length), state });
      ids.push(one.id);
      await store.add(one);
    }
    const [first, active, second, third] = ids;
    const foundBehind = async (after: string | null) => (await store.waiting(after, 2)).map(({ id }) => id);
    t.same([await foundBehind(null), await foundBehind(second!)], [[first, second], [third]]);
    const nobody = randomBytes(32);
    await store.erase(active!, nobody);
    t.same(await store.activeFor(asked), [], "found by the person no more");
    const [erased] = await store.revisions(active!);
    t.same([erased?.secret.length, erased?.person], [0, nobody]);
    t.ok(erased!.signed.length > 0);
    t.ok((await store.revisions(first!))[0]!.secret.length > 0, "no other");
  },
);

t.test("a file in which the rows lie in a tree by id is brought over, in SQLite", async (t) => {
  const directory = newDirectory();
  const database = openForWriting(permissionsPath(directory));
  database.exec(`
    CREATE TABLE permissions (id BLOB PRIMARY KEY, revision INTEGER NOT NULL, provider TEXT NOT NULL,
      consumer TEXT NOT NULL, service TEXT NOT NULL, purpose TEXT NOT NULL, state TEXT NOT NULL, person BLOB NOT NULL,
      statement BLOB NOT NULL, document BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE permission_revisions (id BLOB NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL,
      statement BLOB NOT NULL, document BLOB NOT NULL, signed BLOB NOT NULL, key_id BLOB NOT NULL, secret BLOB NOT NULL,
      PRIMARY KEY (id, revision)) STRICT, WITHOUT ROWID;
    CREATE INDEX permissions_waiting ON permissions (id) WHERE state = 'requested';
    CREATE INDEX permissions_pair ON permissions (person, consumer);
    PRAGMA user_version = 3;
  `);
  const kept = ["active", "requested"].map((state, i) => revision({ state, id: uuidV7(i) }));
  for (const one of kept) {
    const [id, statement] = [exchangeIdBytes(one.id), Buffer.from(one.statement, "base64url")];
    const [parties, document] = [[one.provider, one.consumer, one.service, one.purpose], one.document];
    database
      .prepare("INSERT INTO permissions VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(id, ...parties, one.state, person, statement, document);
    database
      .prepare("INSERT INTO permission_revisions VALUES (?, 1, ?, ?, ?, ?, ?, ?)")
      .run(id, one.state, statement, document, one.signed, one.keyId, one.secret);
  }
  database.close();
  const store = openSqlitePermissionStore(directory);
  t.teardown(() => store.close());
  const [active, waiting] = kept as [StoredRevision, StoredRevision];
  t.same(await store.activeFor(asked), [found(active)]);
  t.same(await store.byId(waiting.id), found(waiting));
  t.same(await store.revisions(waiting.id), [waiting]);
  t.same(
    (await store.waiting(null, 9)).map(({ id }) => id),
    [waiting.id],
  );
  t.notOk(await store.add(waiting), "an id is there once");
});
