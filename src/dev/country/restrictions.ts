import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RegistryDocument } from "../../authority/registry-document.ts";
import { memberOf } from "../../core/ids.ts";
import { pointOf } from "../../pki/hybrid-envelope.ts";
import { subsystem } from "./members.ts";
import { service } from "./services.ts";

/** What the registry says of restrictions. */
export type RestrictionParameters = Pick<
  RegistryDocument["parameters"],
  "orderingAuthorities" | "supervisoryKey" | "restrictablePurposes"
>;

/**
 * The police may have investigations restricted; they and the inspectorate can read what is hidden from everybody else.
 * @param folder where the keys of both are written
 */
export async function restrictionParameters(
  folder: string,
  passphrase: string,
): Promise<RestrictionParameters> {
  const [police, supervisor] = await Promise.all(
    ["police", "inspectorate"].map((name) => writeReadingKey(join(folder, `${name}.key.pem`), passphrase)),
  );
  return {
    orderingAuthorities: [{ member: memberOf(subsystem("investigation")), encryptionKey: police! }],
    supervisoryKey: supervisor!,
    restrictablePurposes: [{ service: service("population/persons"), purpose: "criminal-investigation" }],
  };
}

/** @returns the public point */
async function writeReadingKey(path: string, passphrase: string): Promise<string> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase });
  await writeFile(path, pem, { mode: 0o600, flag: "wx" });
  return pointOf(privateKey);
}
