import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { SealwayError } from "../../../src/core/errors.ts";
import type { PostgresPlace } from "../../../src/store/postgres/place.ts";
import { request, sealed } from "../contract/log-under-test.ts";
import { openReader, openStore } from "./open.ts";
import { PostgresServer, withoutPostgres } from "./postgres-server.ts";

/* What must be right before a database is trusted with the log; each fault is told. */

const skip = await withoutPostgres(18);
const server = skip === false ? await PostgresServer.start(t, 18) : undefined!;

t.test("a database is refused that", { skip }, async (t) => {
  const place = await server.newDatabase();
  const refused = async (changes: Partial<PostgresPlace> = {}): Promise<SealwayError> =>
    openStore(t, { ...place, ...changes }).then(
      () => {
        throw new Error("it was opened");
      },
      (error: SealwayError) => error,
    );
  await t.test("refuses the password, which is not shown", async (t) => {
    const passwordFile = join(server.directory, "wrong");
    writeFileSync(passwordFile, "another password", { mode: 0o600 });
    const error = await refused({ passwordFile });
    t.match(error, { code: "log_unavailable", detail: "the database refuses the password (28P01)" });
    t.notMatch(JSON.stringify([error, error.cause, error.stack]), /another password/);
  });
  await t.test("has a password that others may read, or none where one is told", async (t) => {
    const passwordFile = join(server.directory, "open");
    t.match(await refused({ passwordFile }), { detail: /cannot be read \(ENOENT\)/ });
    writeFileSync(passwordFile, "a password of tests");
    chmodSync(passwordFile, 0o644);
    t.match(await refused({ passwordFile }), { detail: /readable by its owner only/ });
  });
  await t.test("is not there, or not behind TLS", async (t) => {
    t.match(await refused({ database: "none" }), { detail: "there is no such database (3D000)" });
    t.match(await refused({ port: 1 }), { detail: /ECONNREFUSED/ });
    t.match(await refused({ tls: "verified" }), { detail: "the database server has no TLS" });
  });
  await t.test("a newer release has written; and there is nothing to read where nobody has", async (t) => {
    const other = await server.newDatabase();
    const reader = openReader(t, other);
    await t.rejects(reader.writers(), { code: "42P01" });
    await (await openStore(t, other)).close();
    t.strictSame(await reader.writers(), []);
    await server.administer(
      (connection) => connection.query("INSERT INTO sealway.migrations VALUES (99)"),
      other.database,
    );
    t.match(await refused(other), { detail: /schema 99/ });
    await t.rejects(openReader(t, other).writers(), { name: "NewerSchemaError" });
  });
  const unfit: readonly (readonly [settings: readonly string[], detail: string])[] = [
    [["fsync=off"], "fsync is off: a commit would not reach the disk"],
    [["synchronous_commit=off"], "synchronous_commit is off"],
    [
      ["synchronous_standby_names=standby", "synchronous_commit=remote_write"],
      "synchronous_commit does not wait until the synchronous standby has the commit on disk",
    ],
    [["default_transaction_read_only=on"], "the database is read-only"],
  ];
  for (const [settings, detail] of unfit) {
    await t.test(`has ${settings.join(", ")}`, async (t) => {
      await server.stop();
      await server.run(settings);
      t.match(await refused(), { code: "log_unavailable", detail });
    });
  }
});

t.test("a session keeps the durability that was checked, whatever is set later", { skip }, async (t) => {
  await server.stop();
  await server.run();
  const place = await server.newDatabase();
  const store = await openStore(t, place);
  await server.administer(async (connection) => {
    await connection.query("ALTER SYSTEM SET synchronous_commit = off");
    await connection.query("SELECT pg_reload_conf()");
  });
  t.match(await store.append(request(), sealed), { outcome: "recorded" });
  await t.rejects(openStore(t, place), { code: "log_unavailable", detail: "synchronous_commit is off" });
  await server.administer((connection) => connection.query("ALTER SYSTEM RESET synchronous_commit"));
});

t.test("TLS: the certificate must be trusted and name the host", { skip }, async (t) => {
  const place = { ...(await server.newDatabase()), tls: "verified" } as const;
  const settings = ["ssl=on", ...certificateFor(server, "trusted", "IP:127.0.0.1")];
  const trustedCertificates = join(server.directory, "trusted.pem");
  await server.stop();
  await server.run(settings);
  const store = await openStore(t, { ...place, trustedCertificates });
  t.match(await store.append(request(), sealed), { outcome: "recorded" });
  await store.close();
  await t.rejects(openStore(t, place), { code: "log_unavailable", detail: /SELF_SIGNED/ });
  const elsewhere = ["ssl=on", ...certificateFor(server, "elsewhere", "DNS:elsewhere.example")];
  await server.stop();
  await server.run(elsewhere);
  await t.rejects(openStore(t, { ...place, trustedCertificates: join(server.directory, "elsewhere.pem") }), {
    code: "log_unavailable",
    detail: /ALTNAME/,
  });
});

/** Makes key and certificate in the server's folder. @returns the settings */
function certificateFor({ directory }: PostgresServer, name: string, altName: string): string[] {
  const [key, certificate] = [join(directory, `${name}.key`), join(directory, `${name}.pem`)];
  const subject = ["-subj", "/CN=database", "-addext", `subjectAltName=${altName}`];
  const make = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
  ];
  execFileSync("openssl", [...make, "-keyout", key, "-out", certificate, ...subject], { stdio: "pipe" });
  chmodSync(key, 0o600);
  chmodSync(certificate, 0o644);
  if (process.getuid?.() === 0) chownSync(key, 65534, 65534);
  return [`ssl_cert_file=${certificate}`, `ssl_key_file=${key}`];
}
