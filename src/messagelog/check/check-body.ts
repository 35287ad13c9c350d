import { createHash, type KeyObject } from "node:crypto";
import { SealwayError } from "../../core/errors.ts";
import { type Head, parseHead } from "../../message/head.ts";
import type { BodyFiles } from "../body-files.ts";
import type { StoredRecord } from "../message-store.ts";
import { decryptBody } from "../sealed-body.ts";

/** What of a kept body is not as it should be; undefined when all is. */
export type BodyFault = "changed" | "gone" | "other" | undefined;

/**
 * Decrypts a kept body, a block at a time, and compares it with the digest and length that the signed head binds.
 * @param head its plaintext, known to be the one that was signed; without it a body is decrypted only
 * @param bodies where large ones lie
 */
export async function checkBody(
  record: StoredRecord & { readonly body: NonNullable<StoredRecord["body"]> },
  key: KeyObject,
  head: Buffer | undefined,
  bodies: BodyFiles,
): Promise<BodyFault> {
  const binding = head && readHead(head);
  const hash = createHash(binding?.start.kind === "request" ? "sha512" : "sha256");
  let length = 0;
  try {
    for await (const block of blocksOf(record, key, bodies)) {
      hash.update(block);
      length += block.length;
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : "changed";
  }
  if (binding === undefined) return undefined;
  const isBound = binding.body?.length === length && binding.body.digest.equals(hash.digest());
  return isBound ? undefined : "other";
}

/** @throws Error when a block is not the one that was written */
async function* blocksOf(
  record: StoredRecord & { readonly body: NonNullable<StoredRecord["body"]> },
  key: KeyObject,
  bodies: BodyFiles,
): AsyncGenerator<Buffer> {
  const { bytes, file } = record.body;
  if (file !== "") {
    yield* bodies.read(key, file, record);
    return;
  }
  const body = decryptBody(key, bytes, record);
  if (body === undefined) throw new Error("the body in the row cannot be decrypted");
  yield body;
}

/** A signed head that cannot be read binds nothing: its own damage is told elsewhere. */
function readHead(bytes: Buffer): Head | undefined {
  try {
    return parseHead(bytes);
  } catch (error) {
    if (error instanceof SealwayError) return undefined;
    throw error;
  }
}
