import { readFile } from "node:fs/promises";
import { loadOfficer } from "../assembly/load-officer.ts";
import {
  makeRegistrationRequest,
  sendRegistrationRequest,
  showRegistrationRequest,
} from "../assembly/registration.ts";
import { systemClock } from "../core/clock.ts";
import { isUuidV7 } from "../core/uuid.ts";
import type { Change } from "../message/registration/registration-change.ts";
import type { RegistrationRequest } from "../message/registration/registration-request.ts";
import type { Signer } from "../pki/signer.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { type Flag, type FlagValues, readArguments, UsageError } from "./arguments.ts";
import { anchorFlag, authorityFlag } from "./registration-flags.ts";
import { tellRefusal, tellRequest } from "./registration-lines.ts";

export const summary =
  "Asks the governing authority to register something, or signs what another member asks";

export const description =
  "A file says what is asked for: a JSON list of changes (schemas/registration/request.schema.json), all of which are " +
  "made, or none. Every member whom they concern signs by a seal, and every key that they bring signs, too. Where " +
  "another member must sign as well, such as the owner of the server that shall serve a subsystem, the request waits for " +
  "it: that member gives its id in the place of the file.";

export const flags = [
  authorityFlag,
  anchorFlag,
  {
    kind: "list",
    name: "sign-with",
    value: "CERTIFICATE,KEY",
    description: "Files of a certificate and its private key (encrypted PKCS#8); given again for each key.",
  },
  {
    kind: "required",
    name: "passphrase-file",
    value: "FILE",
    description: "Holds the passphrase of the keys.",
  },
  { kind: "text", name: "note", value: "TEXT", description: "For the officers; no names of persons." },
] as const satisfies readonly Flag[];

export const operands = {
  name: "FILE|REQUEST",
  least: 1,
  most: 1,
  description: "The file of changes, or the id of a request.",
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const { flags: given, operands: named } = readArguments({ flags, operands }, args);
  const signers = await signersOf(given);
  const [what] = named;
  if (!isUuidV7(what!)) return send(await newRequest(what!, given), signers, given);
  const shown = await showRegistrationRequest([given.authority], what!);
  return shown.kind === "refused" ? tellRefusal(shown) : send(shown.taken.request, signers, given);
}

type Given = FlagValues<typeof flags>;

async function send(
  request: RegistrationRequest,
  signers: readonly Signer[],
  { authority }: Given,
): Promise<number> {
  return tellRequest(await sendRegistrationRequest([authority], request, signers));
}

async function newRequest(path: string, { anchor, note }: Given): Promise<RegistrationRequest> {
  let changes: unknown;
  try {
    changes = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new UsageError(`${path}: ${(cause as Error).message}`, "Write a JSON list of changes.");
  }
  if (!Array.isArray(changes)) throw new UsageError(`${path} is no list`, "Write a JSON list of changes.");
  return makeRegistrationRequest(await loadAnchor(anchor), changes as readonly Change[], systemClock, note);
}

async function signersOf(given: Given): Promise<readonly Signer[]> {
  const pairs = given["sign-with"].map((pair) => pair.split(","));
  if (pairs.length === 0 || pairs.some((pair) => pair.length !== 2))
    throw new UsageError(
      "--sign-with names a certificate and a key",
      "Write --sign-with seal.pem,seal.key.pem.",
    );
  const passphraseFile = given["passphrase-file"];
  return Promise.all(
    pairs.map(([certificate, key]) => loadOfficer({ certificate: certificate!, key: key!, passphraseFile })),
  );
}
