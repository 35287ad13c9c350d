import { parseHead } from "../../message/head.ts";
import type { StoredRecord } from "../message-store.ts";
import { decryptHead } from "../sealed-head.ts";
import type { KeyVault } from "../vault.ts";

/**
 * Raw path and query of a request, which stand in its encrypted head alone.
 * @returns undefined where the head is erased, withheld or unreadable
 */
export async function requestTarget(
  vault: Pick<KeyVault, "find">,
  record: StoredRecord,
): Promise<string | undefined> {
  const { head: sealed, member } = record;
  if (sealed.bytes.length === 0) return undefined;
  const found = await vault.find(sealed.keyId, member);
  const bytes = found.state === "present" ? decryptHead(found.key, sealed, record) : undefined;
  try {
    const start = bytes && parseHead(bytes).start;
    return start?.kind === "request" ? start.target : undefined;
  } catch {
    return undefined;
  }
}
