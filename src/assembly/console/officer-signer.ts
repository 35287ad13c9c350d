import { readFile } from "node:fs/promises";
import type { OfficerKey } from "../../admin/registration-desk.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseCertificatesPem } from "../../pki/certificate.ts";
import { loadKeyFile } from "../../pki/key-file.ts";
import { keyOperation } from "../../pki/private-key.ts";
import { type Signer, SignerPool } from "../../pki/signer.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** An officer's own key, opened for one signature. @throws WrongPassphrase; SealwayError `signer_unavailable` */
export async function officerSigner(
  { management }: Pick<ServerConfiguration, "management">,
  { passphrase, user }: OfficerKey,
): Promise<Signer> {
  const files = management?.officers.find((one) => one.user === user);
  if (files === undefined) throw new SealwayError("signer_unavailable", "the user has no officer's key here");
  const [certificate] = parseCertificatesPem(await readFile(files.certificate, "utf8"));
  if (certificate === undefined)
    throw new SealwayError("signer_unavailable", `${files.certificate} has no certificate`);
  return new SignerPool(certificate, keyOperation(await loadKeyFile(files.key, passphrase)));
}
