import { readFile } from "node:fs/promises";
import { SealwayError } from "../core/errors.ts";
import { parseCertificatesPem } from "../pki/certificate.ts";
import { loadKeyOperation } from "../pki/load-key.ts";
import { type Signer, SignerPool } from "../pki/signer.ts";
import { readPassphrase } from "./secrets.ts";

/** Where an officer's certificate and key are. */
export interface OfficerFiles {
  readonly certificate: string;
  readonly key: string;
  readonly passphraseFile: string;
}

/** @throws SealwayError `bad_request` when the file has no certificate; whatever the key file is refused for */
export async function loadOfficer({ certificate, key, passphraseFile }: OfficerFiles): Promise<Signer> {
  const [own] = parseCertificatesPem(await readFile(certificate, "utf8"));
  if (own === undefined) throw new SealwayError("bad_request", `${certificate} has no certificate`);
  return new SignerPool(own, await loadKeyOperation(key, await readPassphrase(passphraseFile)));
}
