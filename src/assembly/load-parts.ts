import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SealwayError } from "../core/errors.ts";
import type { ClientId } from "../core/ids.ts";
import type { ClientSettings, GatewayServices } from "../exchange/gateway-services.ts";
import { parseCertificatesPem } from "../pki/certificate.ts";
import { loadKeyFile } from "../pki/key-file.ts";
import { parseAgreement } from "../policy/agreement.ts";
import { Agreements } from "../policy/agreements/agreements.ts";
import { AgreementsInForce } from "../policy/agreements-in-force.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** Key and certificate as PEM; the key's file is encrypted, in memory it is not. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

export async function loadTls(
  files: TlsFiles,
  passphrase: string,
): Promise<{ readonly key: string; readonly cert: string }> {
  const key = await loadKeyFile(files.key, passphrase);
  return {
    key: key.export({ type: "pkcs8", format: "pem" }) as string,
    cert: await readFile(files.certificate, "utf8"),
  };
}

/**
 * The files of the HTTPS certificate that the consumer interface shows when it is another one than peers are shown.
 */
export function ownHttps({ consumerInterface, peerInterface }: ServerConfiguration): TlsFiles | undefined {
  const { certificate, key } = consumerInterface;
  if (certificate === undefined || key === undefined) return undefined;
  return certificate === peerInterface.certificate && key === peerInterface.key
    ? undefined
    : { certificate, key };
}

/** When that certificate ends, milliseconds since the epoch. */
export async function ownHttpsExpiries(configuration: ServerConfiguration): Promise<number[]> {
  const files = ownHttps(configuration);
  const text = files === undefined ? undefined : await readFile(files.certificate, "utf8");
  return (text === undefined ? [] : parseCertificatesPem(text).slice(0, 1)).map(({ notAfter }) => notAfter);
}

/** The agreements of a folder. @throws SealwayError `bad_request` naming the file that cannot be used */
export async function loadAgreements(directory: string | undefined): Promise<Agreements> {
  if (directory === undefined) return new Agreements([]);
  const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).sort();
  const files = await Promise.all(
    names.map(async (name) => parseAgreement(await readFile(join(directory, name)))),
  );
  const conditional = files.find(({ conditions = [] }) =>
    conditions.some(({ kind }) => kind !== "certified"),
  );
  if (conditional !== undefined)
    throw new SealwayError(
      "bad_request",
      `agreement ${conditional.id} states conditions, which nobody can meet but by acts: ask for it by one`,
    );
  return new Agreements(files);
}

/** The agreements of a folder, and which of them can be kept. @throws SealwayError as `loadAgreements` */
export async function openAgreements(
  directory: string | undefined,
): Promise<Pick<GatewayServices, "agreements" | "agreementsInForce">> {
  const agreements = await loadAgreements(directory);
  return { agreements, agreementsInForce: new AgreementsInForce(agreements) };
}

/** Who may call, by client. */
export async function loadClients({ clients }: ServerConfiguration): Promise<Map<ClientId, ClientSettings>> {
  const settings = clients.map(async (client): Promise<[ClientId, ClientSettings]> => {
    const files = await Promise.all(client.certificates.map((file) => readFile(file, "utf8")));
    const fingerprints = files.flatMap(parseCertificatesPem).map(({ fingerprint }) => fingerprint);
    return [
      client.id,
      {
        id: client.id,
        authentication: client.authentication,
        certificates: new Set(fingerprints),
        tokens: client.tokenDigests.map((digest) => Buffer.from(digest, "hex")),
        sourceAddresses: new Set(client.sourceAddresses),
      },
    ];
  });
  return new Map(await Promise.all(settings));
}
