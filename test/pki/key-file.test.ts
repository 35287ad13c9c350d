import {
  chmodSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import { loadKeyFile, writeKeyFile } from "../../src/pki/key-file.ts";
import { generatePrivateKey } from "../../src/pki/private-key.ts";
import { newDirectory } from "../new-directory.ts";
import { openssl } from "./fixtures.ts";

const directory = newDirectory();
const path = join(directory, "seal.key.pem");
const key = await generatePrivateKey();
await writeKeyFile(path, key, "correct horse");

t.test("written encrypted, mode 0600, nothing else left behind, and read again", async (t) => {
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.match(readFileSync(path, "utf8"), /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
  t.same(readdirSync(directory), ["seal.key.pem"]);
  t.ok((await loadKeyFile(path, "correct horse")).equals(key));
  t.match(
    openssl(directory, "pkey", "-in", path, "-passin", "pass:correct horse", "-noout", "-text"),
    "P-256",
  );
});

t.test("a key file that openssl made, over a symbolic link", async (t) => {
  openssl(
    directory,
    "genpkey",
    "-algorithm",
    "EC",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-out",
    "plain.pem",
  );
  openssl(
    directory,
    "pkcs8",
    "-topk8",
    "-v2",
    "aes-256-cbc",
    "-scrypt",
    "-in",
    "plain.pem",
    "-out",
    "o.pem",
    "-passout",
    "pass:x",
  );
  chmodSync(join(directory, "o.pem"), 0o400);
  symlinkSync("o.pem", join(directory, "link.pem"));
  t.equal((await loadKeyFile(join(directory, "link.pem"), "x")).asymmetricKeyType, "ec");
});

t.test("each key file that cannot be used", async (t) => {
  const refused = async (fault: string, problem: RegExp, file = path, passphrase = "correct horse") => {
    await t.rejects(
      loadKeyFile(file, passphrase),
      { name: "SealwayError", code: "signer_unavailable", detail: problem },
      fault,
    );
  };
  await refused("wrong passphrase", /not opened by the passphrase/, path, "wrong");
  await refused("empty passphrase", /not opened by the passphrase/, path, "");
  await refused("missing file", /cannot be opened/, join(directory, "none"));
  for (const mode of [0o640, 0o604, 0o660, 0o610]) {
    chmodSync(path, mode);
    await refused(`mode ${mode.toString(8)}`, /set its mode to 0600/);
  }
  chmodSync(path, 0o600);
  chmodSync(join(directory, "plain.pem"), 0o600);
  await refused("key in clear", /not an encrypted/, join(directory, "plain.pem"));
  const damaged = join(directory, "damaged.pem");
  writeFileSync(damaged, readFileSync(path, "utf8").replace(/\n.{10}/, "\nAAAAAAAAAA"), { mode: 0o600 });
  await refused("damaged file", /not opened/, damaged);
  const large = join(directory, "large.pem");
  writeFileSync(large, "", { mode: 0o600 });
  truncateSync(large, 20_000);
  await refused("large file", /too long/, large);
});

t.test("a key is never overwritten, nor written without a passphrase", async (t) => {
  const before = readFileSync(path);
  const files = readdirSync(directory).length;
  await t.rejects(writeKeyFile(path, await generatePrivateKey(), "x"), { code: "signer_unavailable" });
  t.same(readFileSync(path), before);
  await t.rejects(writeKeyFile(join(directory, "new.pem"), key, ""), { code: "signer_unavailable" });
  await t.rejects(writeKeyFile(join(directory, "missing", "new.pem"), key, "x"), { code: "ENOENT" });
  t.equal(readdirSync(directory).length, files);
});
