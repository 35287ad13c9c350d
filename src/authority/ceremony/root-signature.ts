import { createPublicKey, verify } from "node:crypto";
import { DocumentError } from "../../trust/document-error.ts";
import { addSignatures, type RootSignature, signedBytesOfRoot } from "../sign-metadata.ts";
import type { PublicRoleKey, RoleKey } from "../signing-keys.ts";
import { readRootContent } from "./root-content.ts";
import type { RootProposal } from "./root-proposal.ts";

/**
 * A holder's signature on a proposal.
 * @throws DocumentError for a key that neither the root in force nor the next one names
 */
export function signProposal(proposal: RootProposal, key: RoleKey): RootSignature {
  if (!holdersOf(proposal).has(key.id))
    throw new DocumentError("the key", "", `${key.id} is of no holder, neither of this root nor of the next`);
  return { keyid: key.id, sig: key.sign(signedBytesOfRoot(proposal.next)).toString("hex") };
}

/**
 * Puts signatures of holders together.
 * @param signatures with the names of their files, for messages
 * @throws DocumentError that names the file whose signature does not fit
 */
export function combineSignatures(
  proposal: RootProposal,
  signatures: readonly (readonly [document: string, signature: RootSignature])[],
): RootProposal {
  const holders = holdersOf(proposal);
  const signed = signedBytesOfRoot(proposal.next);
  for (const [document, { keyid, sig }] of signatures) {
    const holder = holders.get(keyid);
    if (holder === undefined) throw new DocumentError(document, "/keyid", "is of no holder");
    if (!verify(null, signed, keyObject(holder), Buffer.from(sig, "hex")))
      throw new DocumentError(
        document,
        "/sig",
        "is not for this proposal: it was changed, or another one was signed",
      );
  }
  const { bytes } = addSignatures(
    proposal.next,
    signatures.map(([, signature]) => signature),
  );
  return { ...proposal, next: bytes };
}

/** Reads a signature's file. @throws DocumentError */
export function parseSignature(bytes: Buffer, document: string): RootSignature {
  try {
    const { keyid, sig } = JSON.parse(bytes.toString("utf8")) as RootSignature;
    if (/^[0-9a-f]{64}$/.test(keyid) && /^[0-9a-f]{128}$/.test(sig)) return { keyid, sig };
  } catch {}
  throw new DocumentError(document, "", "not a signature on a root");
}

export function writeSignature(signature: RootSignature): Buffer {
  return Buffer.from(`${JSON.stringify(signature)}\n`);
}

function holdersOf({ current, next }: RootProposal): ReadonlyMap<string, PublicRoleKey> {
  const roots = [...(current ? [current.bytes] : []), next];
  const keys = roots.flatMap((bytes) => readRootContent(bytes).roles.root.keys);
  return new Map(keys.map((key) => [key.id, key]));
}

function keyObject({ publicKey }: PublicRoleKey) {
  const x = Buffer.from(publicKey.keyval.public, "hex").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
