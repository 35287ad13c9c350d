import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { randomOctets } from "../../core/random.ts";
import { writeFileAtomically } from "../../trust/atomic-file.ts";
import { readSecretFile } from "../../web/secret-file.ts";

const octets = 32;

/** Where a server has it. */
export function consoleSecretPath(stateDirectory: string): string {
  return join(stateDirectory, "management.secret");
}

/** The secret of the consoles of a server; made at the first start. @throws ConfigurationError when others can read it */
export async function loadOrCreateConsoleSecret(path: string): Promise<Buffer> {
  if (!existsSync(path)) await writeFileAtomically(path, randomOctets(octets), "private");
  return readSecretFile(path, "stateDirectory");
}

/** By what two people are known to name the same person, whom the log must not name. */
export function personDigest(secret: Buffer, scheme: string, value: string): string {
  return createHmac("sha256", secret).update(`sealway/proposal/v1\0${scheme}\0${value}`).digest("base64url");
}

/** By what the log knows a person again who signs in at the provider: nobody guesses them from it without the secret. */
export function subjectDigest(secret: Buffer, issuer: string, subject: string): string {
  return createHmac("sha256", secret)
    .update(`sealway/administrator/v1\0${issuer}\0${subject}`)
    .digest("base64url");
}
