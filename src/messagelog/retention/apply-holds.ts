import { setImmediate as giveWay } from "node:timers/promises";
import type { LogReader, StoredRecord } from "../message-store.ts";
import { type ScopeTest, scopeTest } from "./hold-scope.ts";
import { type HeldRecord, type Hold, keepHoldStatement, recordName } from "./hold-statement.ts";
import { Rekeying } from "./rekey.ts";
import type { RetentionTools } from "./retention-tools.ts";

/** A hold that is in force, and what was found for it in this walk. */
interface Walked {
  readonly hold: Hold;
  readonly test: ScopeTest;
  found: HeldRecord[];
}

/** Records to a statement: 5,000 of them make half a megabyte. */
const mostRecords = 5_000;

/**
 * Looks at every record that holds in force have not seen yet, and encrypts what falls in their scope under keys of
 * the hold. What was done is durable before it resolves, so that keys of the day may be destroyed after it.
 * @returns how many records were found for each hold, by its id
 * @throws Error when a scope or a record cannot be read: then nothing may be erased
 */
export async function applyHolds(
  tools: RetentionTools,
  log: LogReader,
  holds: readonly Hold[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const walked = await start(tools, holds);
  if (walked.length === 0) return counts;
  const note = async (through: Readonly<Record<string, number>>) => {
    for (const one of walked) {
      const { hold } = one.hold.order;
      counts.set(hold, (counts.get(hold) ?? 0) + one.found.length);
      await keepApplied(tools, hold, through, one.found);
      one.found = [];
    }
  };
  const through: Record<string, number> = {};
  for await (const { records, writer } of unseen(log, walked)) {
    for (const record of records) await take(tools, walked, record);
    through[writer] = records.at(-1)!.number;
    if (walked.some(({ found }) => found.length >= mostRecords)) await note({ ...through });
    await giveWay();
  }
  if (Object.keys(through).length > 0) await note(through);
  return counts;
}

/** How many records fall in a scope. Nothing is changed. */
export async function countHeld(log: LogReader, test: ScopeTest): Promise<number> {
  let count = 0;
  for (const { writer, number } of await log.writers()) {
    for await (const records of log.records({ writer, first: 1, last: number })) {
      for (const record of records) if (await test(record)) count++;
      await giveWay();
    }
  }
  return count;
}

/** The hold in force, if there is one, that covers one of the records. */
export async function holdOf(
  { vault }: Pick<RetentionTools, "vault">,
  holds: readonly Hold[],
  records: readonly StoredRecord[],
): Promise<Hold | undefined> {
  for (const hold of holds.filter(({ lifted }) => lifted === undefined)) {
    const test = await scopeTest(hold.order, vault);
    for (const record of records) {
      if (hold.records.has(recordName(record)) || (await test(record))) return hold;
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
  for (const [name, { exchange }] of ending.records) {
    const next = others.find(({ records }) => records.has(name));
    if (next === undefined) continue;
    const record = (await log.find(exchange)).find((one) => recordName(one) === name);
    if (record !== undefined) await rekey(tools, record, next.order.hold);
  }
}

async function start(tools: RetentionTools, holds: readonly Hold[]): Promise<Walked[]> {
  const inForce = holds.filter(({ lifted }) => lifted === undefined);
  return Promise.all(
    inForce.map(async (hold) => ({ hold, test: await scopeTest(hold.order, tools.vault), found: [] })),
  );
}

/** What at least one of the holds has not seen. */
async function* unseen(log: LogReader, walked: readonly Walked[]) {
  for (const { writer, number } of await log.writers()) {
    const first = 1 + Math.min(...walked.map(({ hold }) => hold.through.get(writer) ?? 0));
    if (first > number) continue;
    for await (const records of log.records({ writer, first, last: number })) yield { writer, records };
  }
}

/** Finds the holds of a record; the first one has its content, unless one has it already. */
async function take(tools: RetentionTools, walked: readonly Walked[], record: StoredRecord): Promise<void> {
  const covering: Walked[] = [];
  for (const one of walked) {
    if (record.number <= (one.hold.through.get(record.writer) ?? 0)) {
      if (one.hold.records.has(recordName(record))) covering.unshift(one);
      continue;
    }
    if (!(await one.test(record))) continue;
    covering.push(one);
    one.found.push(nameOf(record));
  }
  if (covering.length > 0) await rekey(tools, record, covering[0]!.hold.order.hold);
}

async function rekey(
  { vault, bodies, store }: RetentionTools,
  record: StoredRecord,
  hold: string,
): Promise<void> {
  const rekeying = new Rekeying(vault, bodies);
  if (await rekeying.isUnder(record, hold)) return;
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

function nameOf({ writer, number, exchangeId }: StoredRecord): HeldRecord {
  return { writer, number, exchange: exchangeId };
}
