import type { LogReader } from "../message-store.ts";
import { type Covered, parseChunkLeaves } from "./renewal-document.ts";
import type { KnownRenewal } from "./renewal-history.ts";

/** What is renewed already: which tokens are not the last ones of any evidence. */
export interface Coverage {
  /** Whether a batch's own token was renewed, or its records were hashed anew. */
  isRenewed(batch: number): boolean;
  /** The renewals whose tokens are the last ones of some evidence. */
  readonly ends: readonly KnownRenewal[];
}

/** @param renewals all, oldest first @throws RangeError when the leaves of one are missing or altered */
export async function coverage(
  log: Pick<LogReader, "document">,
  renewals: readonly KnownRenewal[],
): Promise<Coverage> {
  const renewed = new Set<number>();
  for (const { first, last } of await renewedTokens(log, renewals)) {
    for (let batch = first; batch <= last; batch++) renewed.add(batch);
  }
  const through = hashedThrough(renewals);
  return {
    isRenewed: (batch) => batch <= through || renewed.has(batch),
    ends: renewals.filter((_, i) => isEnd(renewals, i)),
  };
}

/** The last batch whose records were hashed anew; hash-tree renewals begin at the first batch and leave none out. */
export function hashedThrough(renewals: readonly KnownRenewal[]): number {
  const numbers = renewals.filter(({ method }) => method === "hash-tree").map(({ lastBatch }) => lastBatch);
  return Math.max(0, ...numbers);
}

function isEnd(renewals: readonly KnownRenewal[], i: number): boolean {
  const { sha256, lastBatch } = renewals[i]!;
  const later = renewals.slice(i + 1);
  if (later.some(({ chunks }) => chunks.some((chunk) => chunk.renewals.includes(sha256)))) return false;
  const hashed = later.filter(({ method, after }) => {
    return method === "hash-tree" && renewals.findIndex((one) => one.sha256 === after) >= i;
  });
  return hashedThrough(hashed) < lastBatch;
}

async function renewedTokens(log: Pick<LogReader, "document">, renewals: readonly KnownRenewal[]) {
  const tokens: Extract<Covered, { kind: "tokens" }>[] = [];
  for (const { method, chunks } of renewals) {
    if (method === "hash-tree") continue;
    for (const { leaves } of chunks) {
      const document = await log.document(leaves);
      if (document === undefined)
        throw new RangeError("the log was altered: the leaves of a renewal are missing");
      const { covered } = parseChunkLeaves(document.bytes);
      tokens.push(...covered.filter((one) => one.kind === "tokens"));
    }
  }
  return tokens;
}
