import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseMemberId, parseServerId } from "../../src/core/ids.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { type Certificate, writeCertificatesPem } from "../../src/pki/certificate.ts";

/** A fixed instant around which the certificates of these tests are valid; openssl judges by it too. */
export const now = Date.UTC(2026, 10, 22, 12);
export const clock = { now: () => now };
export const member = parseMemberId("DEV/GOV/10000001");
export const server = parseServerId("DEV/GOV/10000001/ss1");

export function newCa(): DevelopmentCa {
  return new DevelopmentCa({ instance: "DEV", clock, ocspUrl: "http://127.0.0.1:8889/" });
}

/** Runs openssl; the result is what it printed. @throws when it exits with anything but 0 */
export function openssl(directory: string, ...args: readonly string[]): string {
  return execFileSync("openssl", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Writes certificates to a PEM file and returns its name. */
export function writePemFile(
  directory: string,
  name: string,
  ...certificates: readonly Certificate[]
): string {
  writeFileSync(join(directory, name), writeCertificatesPem(certificates));
  return name;
}
