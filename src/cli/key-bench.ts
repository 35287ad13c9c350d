import { type KeyBench, openKeyBench } from "../assembly/keys/key-bench.ts";
import { type Flag, type Operands, UsageError } from "./arguments.ts";

/** Where keys lie: of a server that has its configuration file, or of one that has none yet. */
export const keyPlaceFlags = [
  {
    kind: "text",
    name: "config",
    value: "FILE",
    description: "The configuration file of the security server; without it, give the two flags below.",
  },
  {
    kind: "text",
    name: "directory",
    value: "DIR",
    description: "The folder of keys (keysDirectory), for a server that has no configuration file yet.",
  },
  {
    kind: "text",
    name: "passphrase-file",
    value: "FILE",
    description: "Its first line is the passphrase: a random one. Only its owner may read the file.",
  },
] as const satisfies readonly Flag[];

export const keyOperand: Operands = {
  name: "KEY",
  least: 1,
  most: 1,
  description: "Its name, as `keys list` has it.",
};

export const certifiedFlags = [
  {
    kind: "text",
    name: "organization",
    value: "NAME",
    description: "The member's name in the certificate; the registered one unless told.",
  },
  { kind: "text", name: "country", value: "CODE", description: "The member's country, two letters." },
  { kind: "list", name: "dns-name", value: "NAME", description: "For `tls`: a host name of the server." },
  { kind: "list", name: "ip-address", value: "ADDRESS", description: "For `tls`: an IPv4 address of it." },
] as const satisfies readonly Flag[];

/** @throws UsageError when no place is given, or two */
export async function openBench(given: {
  readonly config: string | undefined;
  readonly directory: string | undefined;
  readonly "passphrase-file": string | undefined;
}): Promise<KeyBench> {
  const { config, directory, "passphrase-file": passphraseFile } = given;
  const tell = (reason: string) =>
    void process.stderr.write(
      `the global configuration cannot be had (${reason}): the usual names are asked for\n`,
    );
  if (config !== undefined && directory === undefined && passphraseFile === undefined)
    return openKeyBench({ config }, tell);
  if (config !== undefined || directory === undefined || passphraseFile === undefined)
    throw new UsageError("give --config alone, or --directory and --passphrase-file");
  return openKeyBench({ directory, passphraseFile }, tell);
}

/** @throws UsageError for a country that is none, or a host that is not spelled as one */
export function readCertified(given: {
  readonly country: string | undefined;
  readonly "dns-name": readonly string[];
  readonly "ip-address": readonly string[];
}) {
  const { country, "dns-name": dnsNames, "ip-address": ipAddresses } = given;
  if (country !== undefined && !/^[A-Z]{2}$/.test(country))
    throw new UsageError("--country is not two capital letters", "ISO 3166-1, such as EE.");
  if (ipAddresses.some((address) => !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)))
    throw new UsageError("--ip-address is not an IPv4 address");
  if (dnsNames.some((name) => !/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/.test(name)))
    throw new UsageError("--dns-name is not a host name");
  return { country, dnsNames, ipAddresses };
}
