import type { KeyObject } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { fromBase64Url, toBase64Url } from "../../core/bytes.ts";
import type { MemberId } from "../../core/ids.ts";
import { decryptGcm, encryptGcm } from "../gcm.ts";
import type { StoredRecord } from "../message-store.ts";
import { parseSearchTags, searchTag } from "../search-tags.ts";
import { uuidBytes, uuidText } from "../uuid-bytes.ts";
import type { KeyVault } from "../vault.ts";
import type { HoldOrder, HoldPeriod, HoldScope } from "./hold-statement.ts";
import type { OrderedScope } from "./retention-orders.ts";

/** Whether a record falls in a scope. */
export type ScopeTest = (record: StoredRecord) => boolean | Promise<boolean>;

/** The retention class of the keys under which scopes name a person. */
const scopeClass = "hold";

/**
 * A scope that names a person, whose identifier is readable only as long as the hold lasts.
 * @param member under whose keys it is encrypted
 */
export async function subjectScope(
  vault: KeyVault,
  { member, hold, time }: { readonly member: MemberId; readonly hold: string; readonly time: number },
  { scheme, value, period }: { readonly scheme: string; readonly value: string; readonly period: HoldPeriod },
): Promise<HoldScope> {
  const key = await vault.keyFor({ member, retentionClass: scopeClass, part: "hold", hold }, time);
  const encrypted = encryptGcm(key.key, Buffer.from(value, "utf8"), associated(hold));
  return { kind: "subject", scheme, key: uuidText(key.id), value: toBase64Url(encrypted), period };
}

/** Whether a hold is what is ordered once more: of one case and authority, and of the same scope. */
export async function isSameHold(
  placed: HoldOrder,
  wanted: { readonly case: string; readonly authority: string; readonly scope: OrderedScope },
  vault: KeyVault,
): Promise<boolean> {
  if (placed.case !== wanted.case || placed.authority !== wanted.authority) return false;
  return isDeepStrictEqual(await openScope(placed, vault), wanted.scope);
}

/**
 * What a hold was ordered for.
 * @throws Error when the key of its subject is gone: then nothing may be erased
 */
export async function openScope(
  { hold, scope }: Pick<HoldOrder, "hold" | "scope">,
  vault: KeyVault,
): Promise<OrderedScope> {
  if (scope.kind !== "subject") return scope;
  const { kind, scheme, period } = scope;
  return { kind, scheme, value: await openSubject(hold, scope, vault), period };
}

/** The test of a scope. */
export function openScopeTest(scope: OrderedScope, vault: KeyVault): ScopeTest {
  switch (scope.kind) {
    case "exchanges": {
      const ids = new Set(scope.ids);
      return ({ exchangeId }) => ids.has(exchangeId);
    }
    case "pair":
      return (record) => isInPeriod(record.time, scope.period) && isBetween(record, scope);
    case "subject": {
      const isNamed = tagTest(scope.scheme, scope.value, vault);
      return (record) => isInPeriod(record.time, scope.period) && isNamed(record);
    }
  }
}

/** The period as far as it bounds anything. */
function isInPeriod(time: number, { from, to }: HoldPeriod): boolean {
  return time >= from && (to === null || time < to);
}

function isBetween(
  { exchange }: StoredRecord,
  { consumer, provider }: Extract<HoldScope, { kind: "pair" }>,
): boolean {
  const { client, service } = JSON.parse(exchange.toString("utf8")) as {
    readonly client: string;
    readonly service: { readonly id: string };
  };
  return isWithin(client, consumer) && isWithin(service.id, provider);
}

function isWithin(id: string, whole: string): boolean {
  return id === whole || id.startsWith(`${whole}/`);
}

async function openSubject(
  hold: string,
  { key, value }: Extract<HoldScope, { kind: "subject" }>,
  vault: KeyVault,
): Promise<string> {
  const found = await vault.find(uuidBytes(key));
  const bytes =
    found.state === "present"
      ? decryptGcm(found.key, fromBase64Url(value) ?? Buffer.alloc(0), associated(hold))
      : undefined;
  if (bytes === undefined) throw new Error(`hold ${hold}: the key of its subject is ${found.state}`);
  return bytes.toString("utf8");
}

/** Between the spellings of an identifier; none has one in it. */
export const betweenSpellings = "\0";

/** Whether a record's tags name a person. The tags of each key are made once. */
function tagTest(scheme: string, value: string, vault: KeyVault): (record: StoredRecord) => Promise<boolean> {
  const spellings = value.split(betweenSpellings);
  const wanted = new Map<string, ReadonlySet<string>>();
  const tagsUnder = async (key: string, member: string) => {
    const known = wanted.get(key);
    if (known !== undefined) return known;
    const found = await vault.find(uuidBytes(key), member);
    const tags =
      found.state === "present" ? spellings.map((one) => searchTag(found.key as KeyObject, scheme, one)) : [];
    wanted.set(key, new Set(tags));
    return new Set(tags);
  };
  return async ({ tags, member }) => {
    for (const { key, tag } of parseSearchTags(tags)) {
      if ((await tagsUnder(key, member)).has(tag)) return true;
    }
    return false;
  };
}

function associated(hold: string): Buffer {
  return Buffer.from(`sealway/hold-subject/v1\0${hold}`);
}
