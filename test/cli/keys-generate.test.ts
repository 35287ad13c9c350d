import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { UsageError } from "../../src/cli/arguments.ts";
import { run as csr } from "../../src/cli/csr.ts";
import { run } from "../../src/cli/keys-generate.ts";

type Tap = Pick<typeof t, "testdir" | "capture">;

/** Runs the command in a folder of its own; its answer is kept from the screen. */
async function make(t: Tap, ...args: string[]): Promise<string> {
  const folder = t.testdir({ passphrase: "correct horse\nnot this\n" });
  chmodSync(join(folder, "passphrase"), 0o600);
  t.capture(process.stdout, "write", () => true);
  await run([...args, "--directory", folder, "--passphrase-file", join(folder, "passphrase")]);
  return folder;
}

const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });

t.test("an e-seal key is encrypted, and openssl accepts its request", async (t) => {
  const folder = await make(
    t,
    "seal",
    "DEV/GOV/10000001",
    "--organization",
    "Population Register",
    "--country",
    "EE",
  );
  const [key, request] = [
    join(folder, "seal-10000001-1/key.pem"),
    join(folder, "seal-10000001-1/request.pem"),
  ];
  t.equal(statSync(key).mode & 0o777, 0o600);
  t.match(readFileSync(key, "latin1"), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  const text = openssl(
    "req",
    "-in",
    request,
    "-verify",
    "-noout",
    "-subject",
    "-pubkey",
    "-nameopt",
    "RFC2253",
  );
  t.match(text, "O=Population Register,C=EE");
  t.match(text, "CN=Population Register e-seal");
  t.ok(
    text.includes(openssl("pkey", "-in", key, "-passin", "pass:correct horse", "-pubout")),
    "it is the key's request",
  );
});

t.test("a TLS request names the server and its hosts", async (t) => {
  const names = ["--dns-name", "ss1.example", "--dns-name", "ss2.example"];
  const folder = await make(
    t,
    "tls",
    "DEV/GOV/10000001/ss1",
    "--organization",
    "Register",
    "--algorithm",
    "RS256",
    ...names,
  );
  const text = openssl("req", "-in", join(folder, "tls-ss1-1/request.pem"), "-verify", "-noout", "-text");
  t.match(text, /URI:sealway:\/\/DEV\/GOV\/10000001\/ss1, DNS:ss1\.example, DNS:ss2\.example/);
  t.match(text, "3072 bit");
});

t.test("a key that is there is not overwritten: the next one lies beside it", async (t) => {
  const args = ["seal", "DEV/GOV/10000001", "--organization", "Register"];
  const folder = await make(t, ...args);
  const key = (number: number) => readFileSync(join(folder, `seal-10000001-${number}/key.pem`), "latin1");
  const before = key(1);
  await run([...args, "--directory", folder, "--passphrase-file", join(folder, "passphrase")]);
  t.equal(key(1), before);
  t.not(key(2), before);
});

t.test("csr asks for other names for the same key", async (t) => {
  const folder = await make(
    t,
    "tls",
    "DEV/GOV/1/ss1",
    "--organization",
    "Register",
    "--dns-name",
    "old.example",
  );
  const place = ["--directory", folder, "--passphrase-file", join(folder, "passphrase")];
  const request = join(folder, "tls-ss1-1/request.pem");
  const keyOf = () => openssl("req", "-in", request, "-noout", "-pubkey");
  const before = keyOf();
  const facts = ["--organization", "Register", "--dns-name", "new.example", "--ip-address", "192.0.2.7"];
  await csr(["tls-ss1-1", ...facts, ...place]);
  t.equal(keyOf(), before);
  t.match(
    openssl("req", "-in", request, "-verify", "-noout", "-text"),
    /DNS:new\.example, IP Address:192\.0\.2\.7/,
  );
  await t.rejects(csr(["tls-ss1-7", ...facts, ...place]), {
    message: /there is no key tls-ss1-7; there are tls-ss1-1/,
  });
});

const good = ["--organization", "Register"];
for (const [name, args] of [
  ["an unknown kind", ["signature", "DEV/GOV/1", ...good]],
  ["an unknown algorithm", ["seal", "DEV/GOV/1", ...good, "--algorithm", "none"]],
  ["a country that is none", ["seal", "DEV/GOV/1", ...good, "--country", "Estonia"]],
  ["no identifier", ["seal", ...good]],
  ["no organization", ["seal", "DEV/GOV/1"]],
  ["a host that is none", ["tls", "DEV/GOV/1/ss1", ...good, "--dns-name", "ss1 example"]],
] as const) {
  t.test(`refused: ${name}`, async (t) => t.rejects(make(t, ...args), UsageError));
}

t.test("refused: a server's identifier for a seal", async (t) => {
  await t.rejects(make(t, "seal", "DEV/GOV/1/ss1", ...good), { code: "bad_request" });
});

t.test("refused: a passphrase that others may read", async (t) => {
  const folder = t.testdir({ passphrase: "x\n" });
  chmodSync(join(folder, "passphrase"), 0o644);
  const args = [
    "seal",
    "DEV/GOV/1",
    ...good,
    "--directory",
    folder,
    "--passphrase-file",
    join(folder, "passphrase"),
  ];
  await t.rejects(run(args), { code: "signer_unavailable" });
});
