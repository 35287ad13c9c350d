import { fromBase64Url, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { parseStatement, type SignedStatement, type StatementPayload } from "../message/signed-statement.ts";
import { decryptGcm, encryptGcm } from "../messagelog/gcm.ts";
import type { ContextDocument } from "../messagelog/message-record.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import { uuidBytes, uuidText } from "../messagelog/uuid-bytes.ts";
import type { DataKey, KeyVault } from "../messagelog/vault.ts";
import { type EnvelopeRecipient, sealEnvelope } from "../pki/hybrid-envelope.ts";
import { foldActs, type TakenAct } from "../policy/restrictions/fold-acts.ts";
import { parseRestrictionAct, type RestrictionAct } from "../policy/restrictions/restriction-act.ts";
import type { Restrictions } from "../policy/restrictions/restrictions.ts";

/*
 * How an act on a restriction stands in a log: encrypted to the authorities, and once more under a key of the server's
 * vault, since the gateway must know what it enforces. Who has the log without the vault reads nothing of it.
 */

export const restrictionType = "sealway-restriction+jws";
/** Of the envelope to the authorities. */
export const restrictionUse = "sealway-restriction";
const associated = Buffer.from("sealway/restriction/v1");

/**
 * Reads an act that anybody may have signed.
 * @throws SealwayError `malformed_statement`, `invalid_signature`
 */
export function parseSignedAct(
  bytes: Buffer,
): { readonly act: RestrictionAct } & Pick<SignedStatement, "certificate"> {
  const { payload, certificate } = parseStatement<StatementPayload>(bytes, restrictionType);
  return { act: parseRestrictionAct(payload), certificate };
}

/** The document that the log keeps of a signed act. */
export function actDocument(
  signed: Buffer,
  { id, key }: DataKey,
  readers: readonly EnvelopeRecipient[],
): ContextDocument {
  const envelope = sealEnvelope(signed, restrictionUse, readers).toString("utf8");
  const own = toBase64Url(encryptGcm(key, signed, associated));
  const bytes = Buffer.from(canonicalJson({ v: 1, key: uuidText(id), own, envelope }));
  return { kind: "restriction", sha256: sha256Base64Url(bytes), bytes };
}

/** The signed act in a document; undefined where its key is destroyed or missing. @throws SealwayError `malformed_statement` */
export async function openActDocument(
  bytes: Buffer,
  vault: Pick<KeyVault, "find">,
): Promise<Buffer | undefined> {
  const { v, key, own } = Object(parseStrictJson(bytes, "malformed_statement"));
  const content = typeof own === "string" ? fromBase64Url(own) : undefined;
  if (v !== 1 || typeof key !== "string" || content === undefined)
    throw new SealwayError("malformed_statement", "restriction: the document cannot be read");
  const found = await vault.find(uuidBytes(key));
  return found.state === "present" ? decryptGcm(found.key, content, associated) : undefined;
}

/** A signed act that was taken, as the log has it. */
export interface KeptAct extends TakenAct {
  readonly signed: Buffer;
}

/** All acts of a log that can be read, oldest first. One that cannot hides nothing from anybody. */
export async function readActs(
  log: Pick<LogReader, "documentsOf">,
  vault: Pick<KeyVault, "find">,
): Promise<KeptAct[]> {
  const acts: KeptAct[] = [];
  for (const { bytes } of await log.documentsOf("restriction")) {
    const signed = await openActDocument(Buffer.from(bytes), vault);
    if (signed === undefined) continue;
    acts.push({ act: parseSignedAct(signed).act, digest: sha256Base64Url(signed), signed });
  }
  return acts;
}

/** What the acts of a log come to, for whoever lists what is in it. */
export async function readRestrictions(
  log: Pick<LogReader, "documentsOf">,
  vault: Pick<KeyVault, "find">,
): Promise<Restrictions> {
  return foldActs(await readActs(log, vault));
}
