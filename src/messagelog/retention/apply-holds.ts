import { setImmediate as giveWay } from "node:timers/promises";
import type { LogReader, StoredRecord } from "../message-store.ts";
import { type HeldRecord, type Hold, keepHoldStatement, recordName } from "./hold-statement.ts";
import { HoldWalk } from "./hold-walk.ts";
import { Rekeying } from "./rekey.ts";
import type { OrderedScope } from "./retention-orders.ts";
import type { RetentionTools } from "./retention-tools.ts";

interface Walked {
  readonly hold: Hold;
  readonly walk: HoldWalk;
}

/** Records to a statement: 5,000 of them make half a megabyte. */
const mostRecords = 5_000;

/**
 * Looks at every record that holds in force have not seen yet, and encrypts what falls in their scope under keys of
 * the hold. What was done is durable before it resolves, so that keys of the day may be destroyed after it.
 * @throws Error when a scope or a record cannot be read: then nothing may be erased
 */
export async function applyHolds(
  tools: RetentionTools,
  log: LogReader,
  holds: readonly Hold[],
): Promise<void> {
  const inForce = holds.filter(isInForce);
  const all = await Promise.all(
    inForce.map(async (hold) => ({ hold, walk: await HoldWalk.of(hold, log, tools.vault) })),
  );
  const ids = new Set(inForce.map(({ order }) => order.hold));
  const isFirst = ({ hold }: Walked) => hold.order.scope.kind === "exchanges" && hold.through.size === 0;
  for (const one of all.filter(isFirst)) await applyFirst(tools, log, one, ids);
  const walked = all.filter((one) => !isFirst(one));
  const note = async (through: Readonly<Record<string, number>>) => {
    for (const { hold, walk } of walked) {
      await keepApplied(tools, hold.order.hold, through, walk.take());
    }
  };
  const through: Record<string, number> = {};
  for await (const { records, writer } of unseen(log, walked)) {
    for (const record of records) await coverRecord(tools, log, walked, ids, record);
    through[writer] = records.at(-1)!.number;
    if (walked.some(({ walk }) => walk.found >= mostRecords)) await note({ ...through });
    await giveWay();
  }
  if (Object.keys(through).length > 0) await note(through);
}

/** Exchanges that are named are found by their ids: a log of ten million records is not walked through for one of them. */
async function applyFirst(
  tools: RetentionTools,
  log: LogReader,
  walked: Walked,
  inForce: ReadonlySet<string>,
): Promise<void> {
  const { order } = walked.hold;
  // Looked at before the records: what comes while these are read is met by the next walk.
  const through = Object.fromEntries((await log.writers()).map(({ writer, number }) => [writer, number]));
  const named = order.scope.kind === "exchanges" ? order.scope.ids : [];
  for (const id of new Set(named)) {
    for (const record of await log.find(id)) await coverRecord(tools, log, [walked], inForce, record);
    await giveWay();
  }
  await keepApplied(tools, order.hold, through, walked.walk.take());
}

/** The records that fall in a scope. Nothing is changed. */
export async function findHeld(
  { vault }: Pick<RetentionTools, "vault">,
  log: LogReader,
  scope: OrderedScope,
): Promise<readonly HeldRecord[]> {
  const walk = new HoldWalk(log, scope, vault);
  for (const { writer, number } of await log.writers()) {
    for await (const records of log.records({ writer, first: 1, last: number })) {
      for (const record of records) await walk.cover(record);
      await giveWay();
    }
  }
  return walk.take();
}

/** The hold in force, if there is one, that covers one of the records of an exchange. */
export async function holdOf(
  { vault }: Pick<RetentionTools, "vault">,
  log: LogReader,
  holds: readonly Hold[],
  records: readonly StoredRecord[],
): Promise<Hold | undefined> {
  for (const hold of holds.filter(isInForce)) {
    const walk = await HoldWalk.of(hold, log, vault);
    for (const record of records) {
      if (hold.records.has(recordName(record)) || (await walk.cover(record)).length > 0) return hold;
    }
  }
  return undefined;
}

/**
 * Puts the records of a hold that ends under those other holds that cover them, too: its keys may end with it.
 * @param others in force
 */
export async function passOn(
  tools: RetentionTools,
  log: LogReader,
  ending: Hold,
  others: readonly Hold[],
): Promise<void> {
  const ids = new Set(others.map(({ order }) => order.hold));
  for (const [name, record] of ending.records) {
    const next = others.find(({ records }) => records.has(name));
    if (next !== undefined) await rekey(tools, log, record, next.order.hold, ids);
  }
}

/** What at least one of the holds has not seen. */
async function* unseen(log: LogReader, walked: readonly Walked[]) {
  if (walked.length === 0) return;
  for (const { writer, number } of await log.writers()) {
    const first = 1 + Math.min(...walked.map(({ hold }) => hold.through.get(writer) ?? 0));
    if (first > number) continue;
    for await (const records of log.records({ writer, first, last: number })) yield { writer, records };
  }
}

async function coverRecord(
  tools: RetentionTools,
  log: LogReader,
  walked: readonly Walked[],
  inForce: ReadonlySet<string>,
  record: StoredRecord,
): Promise<void> {
  for (const { hold, walk } of walked) {
    if (record.number <= (hold.through.get(record.writer) ?? 0)) continue;
    for (const { writer, number, exchangeId } of await walk.cover(record)) {
      await rekey(tools, log, { writer, number, exchange: exchangeId }, hold.order.hold, inForce);
    }
  }
}

/** @param inForce a record whose content is under one of these holds stays as it is */
async function rekey(
  { vault, bodies, store }: RetentionTools,
  log: LogReader,
  held: HeldRecord,
  hold: string,
  inForce: ReadonlySet<string>,
): Promise<void> {
  const name = recordName(held);
  // As it is now: another hold may just have encrypted it anew.
  const record = (await log.find(held.exchange)).find((one) => recordName(one) === name);
  if (record === undefined) return;
  const rekeying = new Rekeying(vault, bodies);
  if (inForce.has((await rekeying.holdOf(record)) ?? "")) return;
  const replaced = await rekeying.under(record, hold);
  if (replaced === undefined) return;
  await store.replaceContent([replaced]);
  const old = record.body?.file ?? "";
  if (old !== "" && old !== replaced.body?.file) await bodies.remove(old);
}

async function keepApplied(
  { instance, log, signerOf, owner, clock }: RetentionTools,
  hold: string,
  through: Readonly<Record<string, number>>,
  records: readonly HeldRecord[],
): Promise<void> {
  const applied = { instance, time: clock.now(), hold, through, records };
  await keepHoldStatement(log, signerOf(owner), "hold-applied", applied);
}

function isInForce({ lifted }: Hold): boolean {
  return lifted === undefined;
}
