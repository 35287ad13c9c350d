import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf, type ServerId } from "../../core/ids.ts";
import type { SigningAlgorithm } from "../../pki/algorithms.ts";
import {
  type HostNames,
  holderOf,
  type KeyUse,
  type NamedHolder,
  type NameRules,
  requestedNames,
  usualNameRules,
} from "../../pki/certificate-names.ts";
import { createCertificateRequest } from "../../pki/certificate-request.ts";
import { makeDeviceKey } from "../../pki/device/device-key-file.ts";
import { loadKeyOperation } from "../../pki/load-key.ts";
import { writePem } from "../../pki/pem.ts";
import { generatePrivateKey } from "../../pki/private-key.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { addDeviceKey, addKey, type HeldKey, listKeys, writeText } from "./key-folder.ts";

/** Where keys are made, and by which rules they are named. */
export interface Workbench {
  readonly keysDirectory: string;
  readonly passphrase: string;
  readonly rules: NameRules;
  readonly clock: Clock;
}

/** What goes into a certificate beside the identifier. */
export interface RequestFacts extends HostNames {
  /** The organisation's name. */
  readonly organization: string;
  readonly country?: string | undefined;
  /** The server at which a seal is to be used, where the rules want it named. */
  readonly server?: ServerId | undefined;
}

export interface NewKey extends RequestFacts {
  readonly use: KeyUse;
  readonly of: MemberId | ServerId;
  readonly algorithm: SigningAlgorithm["jws"];
  /** A key file that says on which device the key is made, and under which label. */
  readonly device?: string | undefined;
}

/** The rules of the instance; the usual ones where its configuration is not known yet. */
export function nameRulesOf(index: ConfigurationIndex | undefined): NameRules {
  return index?.content.parameters.certificateNames ?? usualNameRules;
}

/** The name of a member, or of a server's owner, as it is registered. */
export function organizationOf(
  index: ConfigurationIndex | undefined,
  of: MemberId | ServerId,
): string | undefined {
  return index?.member(holderOf(of).member)?.name;
}

/** Makes a key in a folder of its own, and the request for its certificate. */
export async function makeKey(bench: Workbench, wanted: NewKey): Promise<HeldKey> {
  const key = await addNew(bench, wanted);
  await makeRequest(bench, key, wanted);
  return key;
}

async function addNew({ keysDirectory, passphrase, clock }: Workbench, wanted: NewKey): Promise<HeldKey> {
  const { use, of, algorithm, device } = wanted;
  if (device !== undefined) {
    const made = await makeDeviceKey(device, algorithm);
    return addDeviceKey(keysDirectory, { use, of, ...made }, clock.now());
  }
  const privateKey = await generatePrivateKey(algorithm);
  return addKey(keysDirectory, { use, of, privateKey }, passphrase, clock.now());
}

/**
 * Writes the request (PKCS#10) for a key's certificate, over an earlier one.
 * @returns it in DER
 * @throws SealwayError `signer_unavailable` when the key cannot be opened
 */
export async function makeRequest(bench: Workbench, key: HeldKey, facts: RequestFacts): Promise<Buffer> {
  const { organization: name, country, server, dnsNames, ipAddresses } = facts;
  const holder: NamedHolder = {
    ...(server !== undefined && { server }),
    ...holderOf(key.of),
    ...(country !== undefined && { country }),
    name,
  };
  const names = requestedNames(key.use, bench.rules, holder, { dnsNames, ipAddresses });
  const operation = await loadKeyOperation(key.files.key, bench.passphrase);
  const der = await createCertificateRequest(names, operation);
  await writeText(key.files.request, writePem("CERTIFICATE REQUEST", der));
  return der;
}

/**
 * A key by its name.
 * @throws SealwayError `bad_request` naming those that are there
 */
export async function keyNamed(
  { keysDirectory }: Pick<Workbench, "keysDirectory">,
  name: string,
): Promise<HeldKey> {
  const keys = await listKeys(keysDirectory);
  const key = keys.find((one) => one.name === name);
  if (key !== undefined) return key;
  const names = keys.map((one) => one.name).join(", ");
  throw new SealwayError(
    "bad_request",
    `there is no key ${name}; ${names === "" ? "there is none" : `there are ${names}`}`,
  );
}

/** @throws SealwayError `bad_request` for a seal of a server, a TLS key of a member, or another instance */
export function checkHolder(use: KeyUse, of: string, server: ServerId | undefined): void {
  const isServer = of.split("/").length === 4;
  if (isServer !== (use === "tls"))
    throw new SealwayError("bad_request", `a ${use} key is a ${use === "tls" ? "server's" : "member's"}`);
  const instance = server && memberOf(server).split("/")[0];
  if (instance !== undefined && of.split("/")[0] !== instance)
    throw new SealwayError("bad_request", `${of} is of another instance than this server`);
}
