import type { OfficerFiles } from "../assembly/load-officer.ts";
import type { Flag, FlagValues } from "./arguments.ts";

/** With what an officer of a server signs. */
export const officerFlags = [
  { kind: "required", name: "certificate", value: "FILE", description: "The officer's certificate, PEM." },
  {
    kind: "required",
    name: "key",
    value: "FILE",
    description: "The officer's private key, encrypted PKCS#8.",
  },
  {
    kind: "required",
    name: "passphrase-file",
    value: "FILE",
    description: "Holds the passphrase of that key.",
  },
] as const satisfies readonly Flag[];

export function officerFiles(given: FlagValues<typeof officerFlags>): OfficerFiles {
  return { certificate: given.certificate, key: given.key, passphraseFile: given["passphrase-file"] };
}
