import { dayLength, keySpans } from "../key-purpose.ts";
import type { RetentionPeriod } from "../message-record.ts";
import { uuidBytes, uuidText } from "../uuid-bytes.ts";
import type { KeyVault, ListedKey } from "../vault.ts";
import { dayName } from "../vault-files.ts";
import { defaultRetention } from "./default-retention.ts";
import { type ErasedKeys, type Erasure, keepErasure } from "./erasure-statement.ts";
import type { RetentionTools } from "./retention-tools.ts";

/** Keys of one member that a statement takes: 2,000 of them make less than half a megabyte. */
const mostKeys = 2_000;

/** A key whose time has come, and the rule by which; none for what ends with a hold. */
export interface DueKey {
  readonly key: ListedKey;
  readonly rule: RetentionPeriod | null;
  /** Whether its period of grace is over, too. */
  readonly isLate: boolean;
}

export interface PurgePlan {
  readonly due: readonly DueKey[];
  /** Keys that would be due, were they not kept by a hold. */
  readonly held: number;
}

/**
 * The keys that are due at a time. A key is due when as many whole days as its rule says lie behind the day (the
 * quarter) for which it was made; of a rule that changed, the present form counts.
 * @param inForce ids of holds
 */
export async function planPurge(
  { vault, periodOf }: Pick<RetentionTools, "vault" | "periodOf">,
  inForce: ReadonlySet<string>,
  now: number,
): Promise<PurgePlan> {
  const due: DueKey[] = [];
  let held = 0;
  for await (const keys of vault.keys()) {
    for (const key of keys) {
      const rule = ruleOf(key, periodOf);
      const end = keySpans[key.part].end(key.start) + (rule?.keepDays ?? 0) * dayLength;
      const isKept = key.hold !== undefined && inForce.has(key.hold);
      if (rule !== null && now < end) continue;
      if (isKept) held += rule === null ? 0 : 1;
      else due.push({ key, rule, isLate: rule !== null && now >= end + rule.graceDays * dayLength });
    }
  }
  return { due, held };
}

/** What names the persons of a hold ends with it. */
function ruleOf(key: ListedKey, periodOf: RetentionTools["periodOf"]): RetentionPeriod | null {
  if (key.part === "hold") return null;
  const { keepDays, graceDays } =
    periodOf(key.member, key.retentionClass) ?? key.period ?? defaultRetention.head;
  return { keepDays, graceDays };
}

/** Who or what ended keys before or at their time. */
export type Cause = Pick<Erasure, "by" | "reason">;

/**
 * Destroys keys: first what is destroyed is stated, durably, member by member, then it is done.
 * @throws SealwayError `signer_unavailable`, `log_unavailable`; what was stated until then is destroyed by `finish`
 */
export async function destroyKeys(
  tools: RetentionTools,
  due: readonly DueKey[],
  cause: Cause = { by: "rule", reason: null },
): Promise<void> {
  const { instance, clock, log, signerOf } = tools;
  const byMember = Map.groupBy(due, ({ key }) => key.member);
  for (const [member, keys] of byMember) {
    for (let at = 0; at < keys.length; at += mostKeys) {
      const some = keys.slice(at, at + mostKeys);
      await keepErasure(log, signerOf(member), {
        ...{ instance, member, time: clock.now(), ...cause, records: [] },
        keys: describe(some),
      });
      for (const { key } of some) await destroyKey(tools, key.id, member);
    }
  }
}

/**
 * Destroys what was stated as destroyed and is there still: the process died in between, or the vault was restored
 * from a backup.
 * @param erased keys (UUIDs) with their members
 * @returns how many there were
 */
export async function finish(
  tools: Pick<RetentionTools, "vault" | "bodies" | "clock">,
  erased: ReadonlyMap<string, string>,
): Promise<number> {
  let count = 0;
  for (const id of await presentKeys(tools.vault, erased)) {
    if (await destroyKey(tools, uuidBytes(id), erased.get(id)!)) count++;
  }
  return count;
}

async function presentKeys(vault: KeyVault, erased: ReadonlyMap<string, string>): Promise<string[]> {
  const present: string[] = [];
  if (erased.size === 0) return present;
  for await (const keys of vault.keys()) {
    present.push(...keys.map(({ id }) => uuidText(id)).filter((id) => erased.has(id)));
  }
  return present;
}

async function destroyKey(
  { vault, bodies, clock }: Pick<RetentionTools, "vault" | "bodies" | "clock">,
  id: Buffer,
  member: string,
): Promise<boolean> {
  const destroyed = await vault.destroy(id, clock.now(), member);
  await bodies.removeAll(id);
  return destroyed;
}

function describe(keys: readonly DueKey[]): ErasedKeys[] {
  const entries = keys.map(({ key: { id, retentionClass, part, start, hold }, rule }) => ({
    ...{ class: retentionClass, part, day: dayName(start), hold: hold ?? null },
    ...{ rule: rule && { keepDays: rule.keepDays, graceDays: rule.graceDays }, id: uuidText(id) },
  }));
  const groups = Map.groupBy(entries, ({ id: _, ...entry }) => JSON.stringify(entry));
  return [...groups.values()].map((group) => {
    const { id: _, ...entry } = group[0]!;
    return { ...entry, keys: group.map(({ id }) => id) };
  });
}
