import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readPassphrase } from "../assembly/secrets.ts";
import { type MemberId, memberOf, parseMemberId, parseServerId } from "../core/ids.ts";
import { serverUri } from "../pki/alternative-names.ts";
import { createCertificateRequest, type RequestedNames } from "../pki/certificate-request.ts";
import { writeKeyFile } from "../pki/key-file.ts";
import { writePem } from "../pki/pem.ts";
import { generatePrivateKey, keyOperation } from "../pki/private-key.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";

export const summary = "Makes a private key and the request for its certificate";

export const description =
  "`seal` makes the e-seal key of a member, with which its messages are signed; `tls` the key with which a security " +
  "server proves itself to others. The key is written as encrypted PKCS#8 and never overwrites another; the request " +
  "goes to a certification authority that the instance lists.";

export const flags = [
  {
    kind: "required",
    name: "passphrase-file",
    value: "FILE",
    env: "SEALWAY_PASSPHRASE_FILE",
    description: "Its first line is the passphrase: a random one. Only its owner may read the file.",
  },
  {
    kind: "required",
    name: "organization",
    value: "NAME",
    description: "The member's name, as the certificate is to show it.",
  },
  { kind: "text", name: "country", value: "CODE", description: "The member's country, two letters." },
  {
    kind: "text",
    name: "directory",
    value: "DIR",
    default: ".",
    description: "Where KIND.key.pem and KIND.request.pem are written.",
  },
  { kind: "text", name: "algorithm", value: "NAME", default: "ES256", description: "ES256 or RS256." },
  {
    kind: "list",
    name: "dns-name",
    value: "NAME",
    description: "For `tls`: a host name of the server.",
  },
] as const satisfies readonly Flag[];

export const operands = {
  name: "KIND ID",
  least: 2,
  most: 2,
  description: "`seal` and the identifier of a member, or `tls` and that of a security server.",
};

type Given = FlagValues<typeof flags>;

const kinds: Readonly<Record<string, (id: string, given: Given) => RequestedNames>> = { seal, tls };

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const [kind, id] = named as [string, string];
  if (!Object.hasOwn(kinds, kind)) throw new UsageError(`"${kind}" is no kind of key`, operands.description);
  const names = kinds[kind]!(id, given);
  const { algorithm, directory } = given;
  if (algorithm !== "ES256" && algorithm !== "RS256")
    throw new UsageError("--algorithm is unknown", "ES256 or RS256.");
  const passphrase = await readPassphrase(given["passphrase-file"]);
  const key = await generatePrivateKey(algorithm);
  const request = writePem("CERTIFICATE REQUEST", await createCertificateRequest(names, keyOperation(key)));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = [join(directory, `${kind}.key.pem`), join(directory, `${kind}.request.pem`)] as const;
  await writeKeyFile(files[0], key, passphrase);
  await writeFile(files[1], request, { mode: 0o644 });
  process.stdout.write(`${files.join("\n")}\n`);
  return exitCodes.ok;
}

function seal(id: string, given: Given): RequestedNames {
  const subject = { ...organization(parseMemberId(id), given), commonName: `${given.organization} e-seal` };
  return { subject, alternativeNames: { uris: [], dnsNames: [], ipAddresses: [] } };
}

function tls(id: string, given: Given): RequestedNames {
  const server = parseServerId(id);
  const subject = { ...organization(memberOf(server), given), commonName: server };
  return {
    subject,
    alternativeNames: { uris: [serverUri(server)], dnsNames: given["dns-name"], ipAddresses: [] },
  };
}

function organization(member: MemberId, { organization, country }: Given) {
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) {
    throw new UsageError("--country is not two capital letters", "ISO 3166-1, such as EE.");
  }
  const named = { organizationName: organization, organizationIdentifier: member };
  return country === undefined ? named : { countryName: country, ...named };
}
