import type { KeyObject } from "node:crypto";
import { fromBase64Url, sha256Base64Url, toBase64Url } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { type EnvelopeRecipient, openEnvelope, sealEnvelope } from "../pki/hybrid-envelope.ts";
import type { ContextDocument, MessageRecord } from "./message-record.ts";

const use = "sealway-restricted-head";

/** The head of a restricted record, as those have it who watch over the restriction. */
export interface RestrictedHead extends Pick<MessageRecord, "exchangeId" | "direction" | "head"> {
  readonly role: MessageRecord["guard"]["role"];
}

/** The head once more, encrypted to the authorities: they can look at it without the server's help. */
export function restrictedHead(
  { exchangeId, direction, head, guard }: Pick<MessageRecord, "exchangeId" | "direction" | "head" | "guard">,
  recipients: readonly EnvelopeRecipient[],
): ContextDocument {
  const content = canonicalJson({ exchangeId, direction, role: guard.role, head: toBase64Url(head) });
  const bytes = sealEnvelope(Buffer.from(content), use, recipients);
  return { kind: "restricted-head", sha256: sha256Base64Url(bytes), bytes };
}

/** @throws SealwayError `malformed_statement` for what is not for this key */
export function openRestrictedHead(bytes: Buffer, privateKey: KeyObject): RestrictedHead {
  const content = parseStrictJson(openEnvelope(bytes, use, privateKey), "malformed_statement");
  const { head, ...place } = content as Omit<RestrictedHead, "head"> & { readonly head: string };
  const opened = fromBase64Url(head);
  if (opened === undefined) throw new SealwayError("malformed_statement", "the head cannot be read");
  return { ...place, head: opened };
}
