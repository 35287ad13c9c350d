import { chainStart, nextChain } from "../../messagelog/chain.ts";
import { CopyRows } from "./copy-in.ts";
import { type Counted, countUses, type SpentCounter } from "./counter-table.ts";
import { type Connection, databaseCode } from "./database.ts";
import { admit, type GuardRow, type GuardVerdict, isSameEntry, settle } from "./guard-table.ts";
import { type Interned, InternedRows } from "./interned.ts";
import { Partitions } from "./partitions.ts";
import {
  copyRecords,
  exchangeIdTime,
  type PendingRecord,
  type RecordPlace,
  recordRow,
  stragglerAfter,
} from "./record-rows.ts";

/** A record's number, and the counts of what it uses; undefined when it uses nothing. */
export interface Written {
  readonly number: number;
  readonly counts: readonly number[] | undefined;
}

/** The answer to one record, or why it was not written. */
export type Answer = Written | SpentCounter | Exclude<GuardVerdict, "new">;

/** Thrown when the connection was lost while the database committed: the records are there, or none of them. */
export class CommitInDoubt extends Error {
  override readonly name = "CommitInDoubt";
  readonly answers: readonly Answer[];
  /** The number of this writer's last record if they are there. */
  readonly last: number;

  constructor(answers: readonly Answer[], last: number, cause: unknown) {
    super("the connection was lost during a commit", { cause });
    this.answers = answers;
    this.last = last;
  }
}

/** Deadlock or serialization failure: the same again may succeed. */
const retryable = new Set(["40P01", "40001"]);
const attempts = 3;

/** The end of this writer's log; replaced only when a commit went through. */
interface End {
  readonly number: number;
  readonly chain: Buffer;
  readonly logged: number;
}

/** Writes groups of records: one transaction each, all or nothing. */
export class LogWriter {
  readonly #connection: Connection;
  readonly #ordinal: number;
  readonly #interned: InternedRows;
  readonly #partitions: Partitions;
  #end: End;

  /** @param ordinal of a row of `writers` that only this session uses @param id its UUID */
  constructor(connection: Connection, ordinal: number, id: string) {
    this.#connection = connection;
    this.#ordinal = ordinal;
    this.#interned = new InternedRows(connection);
    this.#partitions = new Partitions(connection);
    this.#end = { number: 0, chain: chainStart(id), logged: 0 };
  }

  get interned(): InternedRows {
    return this.#interned;
  }

  /**
   * Writes one group durably.
   * @throws CommitInDoubt; any other error means that nothing of it was written
   */
  async commit(group: readonly PendingRecord[]): Promise<readonly Answer[]> {
    const names: Names[] = [];
    for (const { record } of group) {
      const certificate = await this.#interned.certificate(record.certificate);
      names.push({ certificate, ocsp: await this.#interned.ocsp(record.ocsp.sha256, record.ocsp) });
    }
    const { logged } = this.#end;
    await this.#partitions.ensure(group.map(({ record }) => Math.max(logged, record.time)));
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(group, names);
      } catch (error) {
        if (attempt === attempts || !retryable.has(databaseCode(error) ?? "")) throw error;
      }
    }
  }

  async #transaction(group: readonly PendingRecord[], names: readonly Names[]): Promise<readonly Answer[]> {
    const connection = this.#connection;
    await connection.script("BEGIN");
    let written: { readonly answers: readonly Answer[]; readonly end: End };
    try {
      written = await this.#write(group, names, await this.#admit(group));
    } catch (error) {
      await connection.script("ROLLBACK").catch(() => undefined);
      throw error;
    }
    const { answers, end } = written;
    try {
      await connection.script("COMMIT");
    } catch (error) {
      throw new CommitInDoubt(answers, end.number, error);
    }
    this.#end = end;
    return answers;
  }

  /** Asks guard and counters, in this order: whoever waits for a counter waits for no entry of the guard. */
  async #admit(group: readonly PendingRecord[]): Promise<readonly Admission[]> {
    const connection = this.#connection;
    const rows = group.map(({ record, exchangeId }) => ({ ...record.guard, exchangeId }));
    const writer = { ordinal: this.#ordinal, number: this.#end.number };
    const admitted = await admit(connection, rows, writer);
    const counted = await countUses(
      connection,
      group.map(({ record, exchangeId }, i) => {
        const { time, uses = [], returns = [] } = record;
        return admitted[i] === "new" ? { exchangeId, time, uses, returns } : undefined;
      }),
    );
    const verdicts = withSpent(rows, admitted, counted);
    await settle(connection, rows, admitted, verdicts, writer);
    return verdicts.map((verdict, i) => ({ verdict, counts: countsOf(counted[i]) }));
  }

  async #write(
    group: readonly PendingRecord[],
    names: readonly Names[],
    admissions: readonly Admission[],
  ): Promise<{ readonly answers: readonly Answer[]; readonly end: End }> {
    const rows = new CopyRows(group.reduce((sum, { size }) => sum + size, 0));
    const stragglers: [id: string, number: number][] = [];
    let end = this.#end;
    const answers = group.map((pending, i) => {
      const { verdict, counts } = admissions[i]!;
      if (verdict !== "new") return verdict;
      const place = this.#place(pending, names[i]!, end);
      recordRow(rows, pending, place);
      const { number, logged } = place;
      if (Math.abs(logged - exchangeIdTime(pending.exchangeId)) > stragglerAfter) {
        stragglers.push([pending.exchangeId, number]);
      }
      end = place;
      return { number, counts };
    });
    if (end !== this.#end) {
      await this.#connection.copy(copyRecords, rows.finish());
      if (stragglers.length > 0) await this.#writeStragglers(stragglers);
      await this.#moveOn(end);
    }
    return { answers, end };
  }

  #place(
    { record, exchangeId, digests }: PendingRecord,
    { certificate, ocsp }: Names,
    end: End,
  ): RecordPlace {
    const number = end.number + 1;
    const { time, direction, type, member, guard } = record;
    const chain = nextChain(end.chain, {
      ...{ number, time, exchangeId, direction, type, role: guard.role, member },
      ...digests,
      certificate: certificate.sha256,
      ocsp: ocsp.sha256,
    });
    const logged = Math.max(end.logged, time);
    return { writer: this.#ordinal, number, logged, chain, certificate: certificate.id, ocsp: ocsp.id };
  }

  async #writeStragglers(stragglers: readonly (readonly [id: string, number: number])[]): Promise<void> {
    await this.#connection.execute(
      "INSERT INTO stragglers SELECT id, $3, number FROM unnest($1::uuid[], $2::bigint[]) AS s (id, number)",
      [stragglers.map(([id]) => id), stragglers.map(([, number]) => number), this.#ordinal],
    );
  }

  /** The end of the chain as everybody sees it. Fails when another node has closed the chain of this writer. */
  async #moveOn({ number, chain }: End): Promise<void> {
    const moved = await this.#connection.prepared<{ ordinal: number }>(
      "move-on",
      `UPDATE writers SET number = $2, chain = $3 WHERE ordinal = $1 AND number = $4 AND NOT closed
       RETURNING ordinal`,
      [this.#ordinal, number, chain, this.#end.number],
    );
    if (moved.length !== 1) throw new Error("another node has taken this writer for dead");
  }
}

type Verdict = GuardVerdict | SpentCounter;

/** What guard and counters say of one record. */
interface Admission {
  readonly verdict: Verdict;
  readonly counts: readonly number[] | undefined;
}

function countsOf(counted: Counted | undefined): readonly number[] | undefined {
  return counted !== undefined && !("counter" in counted) ? counted : undefined;
}

/** The verdicts of the guard with those of the counters; what follows a record that is refused knows nothing of it. */
function withSpent(
  rows: readonly GuardRow[],
  admitted: readonly GuardVerdict[],
  counted: readonly (Counted | undefined)[],
): Verdict[] {
  const refused: { readonly row: GuardRow; readonly spent: SpentCounter }[] = [];
  return rows.map((row, i) => {
    const verdict = admitted[i]!;
    const own = counted[i];
    if (own !== undefined && "counter" in own) {
      refused.push({ row, spent: own });
      return own;
    }
    const before = refused.find((one) => isSameEntry(one.row, row));
    if (before === undefined || before.row.effect === "close") return verdict;
    if (row.effect === "close") return "never-opened";
    return before.row.digest.equals(row.digest) ? before.spent : verdict;
  });
}

interface Names {
  readonly certificate: Interned;
  readonly ocsp: Interned;
}
