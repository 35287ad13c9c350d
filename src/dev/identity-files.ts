import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeCertificatesPem } from "../pki/certificate.ts";
import { writeKeyFile } from "../pki/key-file.ts";
import type { Identity } from "./ca.ts";

/**
 * Writes `{name}.cert.pem` (the certificate and those above it, without the root) and `{name}.key.pem`
 * (encrypted) into a directory, which is made when it is missing.
 * @throws SealwayError `signer_unavailable` when there is such a key file
 */
export async function writeIdentity(
  directory: string,
  name: string,
  identity: Identity,
  passphrase: string,
): Promise<void> {
  const { certificate, chain, privateKey } = identity;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeKeyFile(join(directory, `${name}.key.pem`), privateKey, passphrase);
  const pem = writeCertificatesPem([certificate, ...chain.slice(0, -1)]);
  await writeFile(join(directory, `${name}.cert.pem`), pem, { mode: 0o644 });
}
