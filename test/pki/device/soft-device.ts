import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { newDirectory } from "../../new-directory.ts";

const libraries = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
const library = libraries.find((path) => existsSync(path));

/** Why tests with a device are left out here, if they are. */
export const withoutDevice = reason();

function reason(): string | false {
  if (library === undefined) return "SoftHSM is not installed here (softhsm2)";
  try {
    createRequire(import.meta.url).resolve("pkcs11js");
    return false;
  } catch {
    return "the optional package pkcs11js is not installed here";
  }
}

/** Tokens of SoftHSM in a new directory; the processes of devices that are started later use them. */
export function softDevice(labels: readonly string[], pin = "1234") {
  const directory = newDirectory();
  const tokens = join(directory, "tokens");
  mkdirSync(tokens);
  const configuration = join(directory, "softhsm2.conf");
  writeFileSync(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  process.env.SOFTHSM2_CONF = configuration;
  for (const label of labels) {
    const pins = ["--pin", pin, "--so-pin", "12345678"];
    execFileSync("softhsm2-util", ["--init-token", "--free", "--label", label, ...pins], { stdio: "ignore" });
  }
  return { module: library!, directory, tokens };
}
