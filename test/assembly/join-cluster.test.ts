import { generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { joinCluster } from "../../src/assembly/join-cluster.ts";
import { withLogClosed } from "../../src/assembly/log-store.ts";
import type { ServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { systemClock } from "../../src/core/clock.ts";
import { createMasterKey } from "../../src/messagelog/master-key.ts";
import { writeKeyFile } from "../../src/pki/key-file.ts";
import { logDirectory } from "../store/log-directory.ts";
import { openStore } from "../store/postgres/open.ts";
import { oldestPostgres, PostgresServer } from "../store/postgres/postgres-server.ts";

const version = await oldestPostgres();
const skip = version === undefined && "no PostgreSQL is installed here";
const server = version && (await PostgresServer.start(t, version));
const passphrase = "correct horse battery staple";

/** Two nodes on their files: what they share lies beside them. */
async function twoNodes(t: Test) {
  const postgresql = await server!.newDatabase();
  const directory = logDirectory(t);
  const shared = join(directory, "shared");
  for (const name of ["one", "two", "shared"]) mkdirSync(join(directory, name));
  await createMasterKey(join(shared, "master.key"));
  await writeKeyFile(join(shared, "log-key.pem"), generateKeyPairSync("ed25519").privateKey, passphrase);
  const node = (name: string, changes: Partial<ServerConfiguration> = {}) =>
    ({
      server: "DEV/GOV/10000001/ss1",
      stateDirectory: join(directory, name),
      postgresql,
      bodiesDirectory: join(shared, "bodies"),
      vaultDirectory: join(shared, "vault"),
      masterKeyFile: join(shared, "master.key"),
      logKeyFile: join(shared, "log-key.pem"),
      ...changes,
    }) as ServerConfiguration;
  const joined = async (configuration: ServerConfiguration, patience = 20_000) => {
    const leave = await joinCluster(configuration, passphrase, systemClock.now(), { life: 100, patience });
    t.teardown(leave);
    return leave;
  };
  return { directory, shared, node, joined, postgresql };
}

t.test("nodes that share what they must run side by side, and after each other", { skip }, async (t) => {
  const { shared, node, joined } = await twoNodes(t);
  const [first, second] = [await joined(node("one")), await joined(node("two"))];
  const signs = () =>
    readdirSync(join(shared, "bodies", "cluster")).filter((name) => name.endsWith(".alive"));
  t.equal(signs().length, 2);
  await first();
  const third = await joined(node("one"));
  await Promise.all([second(), third()]);
  t.equal(signs().length, 0);
  writeFileSync(join(shared, "bodies", "cluster", "dead.alive"), "7");
  await joined(node("two"));
  t.equal(signs().length, 1, "what a dead node left is cleared away");
});

t.test("a node is refused that has not what the others have", { skip }, async (t) => {
  const { directory, shared, node, joined } = await twoNodes(t);
  const end = await joined(node("one"));
  const own = (name: string) => join(directory, "two", name);
  const refused = (changes: Partial<ServerConfiguration>, detail: RegExp) =>
    t.rejects(joined(node("two", changes), 500), { code: "cluster_mismatch", detail });

  mkdirSync(own("bodies"));
  await refused(
    { bodiesDirectory: own("bodies") },
    /bodiesDirectory \S+two\/bodies is not the directory that the nodes of/,
  );
  await refused({ vaultDirectory: own("vault") }, /vaultDirectory .* is not the directory/);
  await refused(
    { server: "DEV/GOV/10000001/ss2" as ServerConfiguration["server"] },
    /log of DEV\/GOV\/10000001\/ss1/,
  );

  await refused(
    { logKeyFile: own("log-key.pem") },
    /two\/log-key.pem is missing; it must hold the key \S{43} of this log/,
  );
  t.notOk(existsSync(own("log-key.pem")), "none is made in the way of the right one");
  await writeKeyFile(own("log-key.pem"), generateKeyPairSync("ed25519").privateKey, passphrase);
  await refused({ logKeyFile: own("log-key.pem") }, /holds another key than the key/);
  await createMasterKey(own("master.key"));
  await refused(
    { masterKeyFile: own("master.key") },
    /master.key does not open the vault: copy it from another node/,
  );

  cpSync(join(shared, "bodies"), own("bodies"), { recursive: true });
  await refused(
    { bodiesDirectory: own("bodies") },
    /no other node writes to bodiesDirectory .*: it is a copy/,
  );
  await end();
  await joined(node("two"));
});

t.test(
  "a node that is refused keeps no other out, and finds another cluster's directory",
  { skip },
  async (t) => {
    const [one, other] = [await twoNodes(t), await twoNodes(t)];
    const { bodiesDirectory } = one.node("one");
    await one.joined(one.node("one"));
    await other.joined(other.node("one"));
    await t.rejects(other.joined(other.node("two", { bodiesDirectory })), {
      code: "cluster_mismatch",
      detail: /belongs to another cluster/,
    });
    await other.joined(other.node("two"));
  },
);

t.test("a first node that died while it joined is no obstacle", { skip }, async (t) => {
  const { shared, node, joined } = await twoNodes(t);
  mkdirSync(join(shared, "vault", "cluster"), { recursive: true });
  writeFileSync(join(shared, "vault", "cluster", "id"), "0199a3b0-0000-7000-8000-000000000000\n");
  const end = await joined(node("one"));
  await end();
  rmSync(join(shared, "vault", "cluster"), { recursive: true });
  await t.rejects(joined(node("one")), { code: "cluster_mismatch", detail: /cluster 0199a3b0-0000/ });
});

t.test("the log's key is told anew where the database forgot it", { skip }, async (t) => {
  const { directory, node, joined, postgresql } = await twoNodes(t);
  const end = await joined(node("one"));
  await end();
  const logKeyFile = join(directory, "two", "log-key.pem");
  await t.rejects(joined(node("two", { logKeyFile })), { code: "cluster_mismatch" });
  await server!.administer(
    (connection) => connection.query("UPDATE sealway.cluster SET log_key = NULL"),
    postgresql.database,
  );
  await joined(node("two", { logKeyFile }));
  await t.rejects(joined(node("one")), { code: "cluster_mismatch", detail: /another key/ });
});

t.test("keys are replaced only while no node is up, and none starts meanwhile", { skip }, async (t) => {
  const { node, joined, postgresql } = await twoNodes(t);
  const end = await joined(node("one"));
  const work = async () => "done";
  const closed = (what: () => Promise<unknown>) =>
    withLogClosed({ stateDirectory: "", postgresql }, systemClock, what);
  await t.rejects(closed(work), { code: "log_unavailable", detail: /a node has the message log open/ });
  await end();
  const store = await openStore(t, postgresql);
  await t.rejects(closed(work), { code: "log_unavailable" }, "one that may have lost its connection");
  await store.close();
  const refused = { code: "log_unavailable", detail: /a command works on the cluster/ };
  await closed(() => t.rejects(joined(node("one")), refused));
  await joined(node("one"));
});
