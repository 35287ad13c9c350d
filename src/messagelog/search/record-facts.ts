import type { IndexableRecord, RecordName } from "../message-store.ts";
import { parseSearchTags } from "../search-tags.ts";
import { type SearchRow, shortTag } from "./search-row.ts";

/*
 * What the index takes from one record. The records were verified when they were written, but the index must also
 * live with a log that somebody damaged: what does not have its form is left out, and nothing here throws.
 */

/** What one record says. */
export interface RecordFacts
  extends Pick<
    SearchRow,
    "exchangeId" | "role" | "member" | "server" | "queryId" | "consumer" | "service" | "purpose" | "agreement"
  > {
  readonly name: RecordName;
  readonly type: IndexableRecord["type"];
  /** When it was recorded, milliseconds. */
  readonly time: number;
  /** `ts` of the exchange document. */
  readonly ts: number | null;
  readonly verdict: string | null;
  readonly code: string | null;
  readonly permission: string | null;
  readonly tags: readonly string[];
}

export function recordFacts(record: IndexableRecord): RecordFacts {
  const document = parseObject(record.exchange);
  const { writer, number, type, time, role, member, exchangeId } = record;
  const decision = object(document.decision);
  return {
    ...{ name: { writer, number }, type, time, role, member, exchangeId },
    ts: typeof document.ts === "number" && Number.isFinite(document.ts) ? document.ts : null,
    server: text(type === "request" ? document.from : document.to),
    queryId: text(document.queryId),
    consumer: text(document.client),
    service: text(object(document.service).id),
    purpose: revised(document.purpose),
    agreement: revised(document.agreement),
    verdict: text(decision.verdict),
    code: text(decision.code) ?? text(object(document.fault).code),
    permission: text(object(document.permission).c),
    tags: tagsOf(record.tags),
  };
}

/** An answer belongs to the request with the same key. */
export function pairingKey({ role, server, exchangeId }: Pick<SearchRow, "role" | "server" | "exchangeId">) {
  return `${role} ${exchangeId} ${server}`;
}

type Loose = { readonly [name: string]: unknown };

const nothing: Loose = {};

function parseObject(json: Buffer | string): Loose {
  try {
    return object(JSON.parse(json.toString()));
  } catch {
    return nothing;
  }
}

function object(value: unknown): Loose {
  return typeof value === "object" && value !== null ? (value as Loose) : nothing;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function revised(value: unknown): string | null {
  const { id, revision } = object(value);
  return typeof id === "string" && typeof revision === "number" ? `${id}#${revision}` : null;
}

function tagsOf(bytes: Buffer): readonly string[] {
  if (bytes.length === 0) return [];
  try {
    return [...new Set(parseSearchTags(bytes).map(({ tag }) => shortTag(tag)))];
  } catch {
    return [];
  }
}
