import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { LogReader, StoredRecord } from "../message-store.ts";
import { applyHolds, findHeld, holdOf, passOn } from "./apply-holds.ts";
import { erasedKeys, keepErasure, readErasures } from "./erasure-statement.ts";
import { isSameHold, subjectScope } from "./hold-scope.ts";
import { type Hold, keepHoldStatement, readHolds } from "./hold-statement.ts";
import { type DueKey, destroyKeys, finish, planPurge } from "./purge.ts";
import type {
  EraseOrder,
  HoldReport,
  HoldRequest,
  LeaveRequest,
  LiftRequest,
  ListOrder,
  ReportOf,
  RetentionOrder,
  RetentionReports,
  RunOrder,
} from "./retention-orders.ts";
import type { RetentionTools } from "./retention-tools.ts";

/** What an operator should look into. */
export interface RetentionState {
  /** Keys that should have been destroyed by the end of their period of grace, at the last run. */
  readonly late: number;
  /** Cases whose hold nobody has reviewed in time. */
  readonly stale: readonly string[];
}

/**
 * Where erasures and holds are ordered. One order at a time: a hold that is placed is in force before the next
 * erasure begins.
 */
export class RetentionOffice {
  readonly #tools: RetentionTools;
  #queue: Promise<unknown> = Promise.resolve();
  #late = 0;
  #inForce: readonly Pick<HoldReport, "case" | "review">[] = [];

  constructor(tools: RetentionTools) {
    this.#tools = tools;
  }

  /**
   * Destroys what was stated as destroyed and is there still; before anything is read with the vault.
   * @returns how many keys there were: more than none after a kill, or after a vault was restored
   */
  start(): Promise<number> {
    return this.#inTurn((log) => this.#finish(log));
  }

  /** Does what is ordered, behind what was ordered before. @throws SealwayError naming why it is not done */
  execute<One extends RetentionOrder>(order: One): Promise<ReportOf<One>> {
    return this.#inTurn(async (log) => {
      if (!(await this.#tools.store.holdsSealing())) {
        throw new SealwayError(
          "bad_request",
          "another node of this cluster seals the log: give the order there",
        );
      }
      const handler: unknown = this.#handlers[order.order];
      return (handler as Handler<One>)(log, order);
    });
  }

  /**
   * Destroys what is due; where another node of the cluster does so, only looks how holds stand.
   * @returns undefined then
   */
  runDue(): Promise<RetentionReports["run"] | undefined> {
    return this.#inTurn(async (log) => {
      if (await this.#tools.store.holdsSealing()) return this.#run(log, { order: "run", dryRun: false });
      await this.#holds(log);
      return undefined;
    });
  }

  state(): RetentionState {
    const now = this.#tools.clock.now();
    return {
      late: this.#late,
      stale: this.#inForce.filter(({ review }) => review < now).map((one) => one.case),
    };
  }

  readonly #handlers: { readonly [One in RetentionOrder as One["order"]]: Handler<One> } = {
    run: (log, order) => this.#run(log, order),
    erase: (log, order) => this.#erase(log, order),
    hold: (log, order) => this.#hold(log, order),
    lift: (log, order) => this.#lift(log, order),
    leave: (log, order) => this.#leave(log, order),
    list: (log, order) => this.#list(log, order),
  };

  async #run(log: LogReader, { dryRun }: RunOrder): Promise<RetentionReports["run"]> {
    const finished = dryRun ? 0 : await this.#finish(log);
    const holds = await this.#holds(log);
    const inForce = new Set(holds.filter(isInForce).map(({ order }) => order.hold));
    const now = Math.min(this.#tools.clock.now(), await this.#tools.trustedTime(log));
    const { due, held } = await planPurge(this.#tools, inForce, now);
    if (!dryRun && due.length > 0) {
      await applyHolds(this.#tools, log, holds);
      await destroyKeys(this.#tools, due);
    }
    const late = due.filter(({ isLate }) => isLate).length;
    this.#late = dryRun ? late : 0;
    return { keys: due.length, held, late, finished, byClass: countByClass(due) };
  }

  async #erase(log: LogReader, order: EraseOrder): Promise<RetentionReports["erase"]> {
    const { store, signerOf, clock, instance, log: door } = this.#tools;
    const records = (await log.find(order.exchangeId)).filter(({ head }) => head.bytes.length > 0);
    await this.#checkNotHeld(log, records);
    if (order.dryRun) return { records: records.length };
    for (const [member, own] of Map.groupBy(records, (record) => record.member)) {
      await keepErasure(door, signerOf(member), {
        ...{ instance, member, time: clock.now(), by: order.by, reason: order.reason, keys: [] },
        records: own.map(({ writer, number, exchangeId }) => ({ writer, number, exchange: exchangeId })),
      });
    }
    await store.eraseContent(records);
    await this.#removeBodies(records);
    return { records: records.length };
  }

  async #hold(log: LogReader, order: HoldRequest): Promise<RetentionReports["hold"]> {
    const time = this.#tools.clock.now();
    checkTwo(order.by);
    const { hold = uuidV7(time) } = order;
    const find = async () => (await this.#holds(log)).find((one) => one.order.hold === hold);
    const known = order.hold === undefined ? undefined : await find();
    if (known === undefined && order.review <= time)
      throw new SealwayError("bad_request", "the review date of a hold is in the future");
    if (known !== undefined && !isInForce(known))
      throw new SealwayError("bad_request", `the hold ${hold} was placed, and is lifted`);
    if (known !== undefined && !(await isSameHold(known.order, order, this.#tools.vault)))
      throw new SealwayError("bad_request", `the hold ${hold} is of another case, authority or scope`);
    if (order.dryRun) {
      const found = await findHeld(this.#tools, log, order.scope);
      return { hold, records: await this.#tools.countTold(log, found) };
    }
    if (known === undefined) await this.#place(order, hold, time);
    await applyHolds(this.#tools, log, await this.#holds(log));
    const found = (await find())?.records ?? new Map();
    return { hold, records: await this.#tools.countTold(log, [...found.values()]) };
  }

  async #place(order: HoldRequest, hold: string, time: number): Promise<void> {
    const { vault, owner, instance, signerOf, log: door } = this.#tools;
    const { scope: wanted } = order;
    const scope =
      wanted.kind === "subject" ? await subjectScope(vault, { member: owner, hold, time }, wanted) : wanted;
    const placed = {
      ...{ instance, time, hold, case: order.case, authority: order.authority },
      ...{ scope, review: order.review, by: order.by },
    };
    await keepHoldStatement(door, signerOf(owner), "hold", placed);
  }

  async #lift(log: LogReader, order: LiftRequest): Promise<RetentionReports["lift"]> {
    const { owner, clock, instance, signerOf, log: door } = this.#tools;
    checkTwo(order.by);
    const { hold, reason, by, dryRun } = order;
    const holds = await this.#holds(log);
    const ending = holds.find((one) => one.order.hold === hold && isInForce(one));
    if (ending === undefined) throw new SealwayError("bad_request", `no hold ${hold} is in force`);
    const others = holds.filter((one) => one !== ending && isInForce(one));
    if (!dryRun) {
      await passOn(this.#tools, log, ending, others);
      const lifted = { instance, time: clock.now(), hold, reason, by };
      await keepHoldStatement(door, signerOf(owner), "hold-lifted", lifted);
      return { hold, keys: (await this.#run(log, { order: "run", dryRun })).keys };
    }
    const now = Math.min(clock.now(), await this.#tools.trustedTime(log));
    const { due } = await planPurge(this.#tools, new Set(others.map((one) => one.order.hold)), now);
    return { hold, keys: due.length };
  }

  async #leave(
    log: LogReader,
    { member, by, reason, dryRun }: LeaveRequest,
  ): Promise<RetentionReports["leave"]> {
    const { vault, isServed, clock } = this.#tools;
    checkTwo(by);
    if (isServed(member))
      throw new SealwayError("bad_request", `${member} is served here: its records still come`);
    const holds = await this.#holds(log);
    if (!dryRun) await applyHolds(this.#tools, log, holds);
    const inForce = new Set(holds.filter(isInForce).map(({ order }) => order.hold));
    const keys: DueKey[] = [];
    for await (const some of vault.keys()) {
      keys.push(
        ...some.filter((key) => key.member === member).map((key) => ({ key, rule: null, isLate: false })),
      );
    }
    const held = keys.find(({ key }) => key.hold !== undefined && inForce.has(key.hold));
    if (held !== undefined)
      throw new SealwayError("legal_hold", `the hold ${held.key.hold} keeps records of ${member}`);
    if (dryRun) return { keys: keys.length };
    await destroyKeys(this.#tools, keys, { by: by.join(", "), reason });
    await vault.destroyMember(member, clock.now());
    return { keys: keys.length };
  }

  async #list(log: LogReader, _: ListOrder): Promise<RetentionReports["list"]> {
    const now = this.#tools.clock.now();
    const holds = await this.#holds(log);
    const counts = holds.map(({ records }) => this.#tools.countTold(log, [...records.values()]));
    const told = await Promise.all(counts);
    return { holds: holds.map((hold, i) => reportOf(hold, told[i]!, now)) };
  }

  async #finish(log: LogReader): Promise<number> {
    const { store } = this.#tools;
    const finished = await finish(this.#tools, await erasedKeys(log));
    const records = (await readErasures(log)).flatMap((erasure) => erasure.records);
    if (records.length > 0) await store.eraseContent(records);
    await this.#holds(log);
    return finished;
  }

  async #holds(log: LogReader): Promise<Hold[]> {
    const holds = await readHolds(log);
    this.#inForce = holds.filter(isInForce).map(({ order }) => ({ case: order.case, review: order.review }));
    return holds;
  }

  async #checkNotHeld(log: LogReader, records: readonly StoredRecord[]): Promise<void> {
    const held = await holdOf(this.#tools, log, await this.#holds(log), records);
    if (held !== undefined) {
      const detail = `the exchange is under the legal hold ${held.order.hold} (case ${held.order.case})`;
      throw new SealwayError("legal_hold", detail);
    }
  }

  async #removeBodies(records: readonly StoredRecord[]): Promise<void> {
    for (const { body } of records) {
      if (body !== undefined && body.file !== "") await this.#tools.bodies.remove(body.file);
    }
  }

  #inTurn<Result>(work: (log: LogReader) => Promise<Result>): Promise<Result> {
    const turn = this.#queue.then(async () => {
      const log = this.#tools.openReader();
      try {
        return await work(log);
      } finally {
        log.close();
      }
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

type Handler<One extends RetentionOrder> = (log: LogReader, order: One) => Promise<ReportOf<One>>;

function isInForce({ lifted }: Hold): boolean {
  return lifted === undefined;
}

/** Two people, so that neither one alone keeps or ends. */
function checkTwo([one, other]: readonly [string, string]): void {
  const same = one.trim().toLocaleLowerCase("en") === other.trim().toLocaleLowerCase("en");
  if (one.trim() === "" || other.trim() === "" || same) {
    throw new SealwayError(
      "bad_request",
      "a hold is placed and lifted by one person and confirmed by another",
    );
  }
}

function reportOf({ order, lifted }: Hold, records: number, now: number): HoldReport {
  const { hold, case: number, authority, scope, time, by, review } = order;
  const state = lifted !== undefined ? "lifted" : review < now ? "stale" : "in-force";
  return {
    hold,
    case: number,
    authority,
    scope: scope.kind,
    placed: time,
    by,
    review,
    state,
    records,
  };
}

function countByClass(due: readonly DueKey[]): Record<string, number> {
  const groups = Map.groupBy(due, ({ key }) => `${key.retentionClass} ${key.part}`);
  return Object.fromEntries([...groups].map(([name, keys]) => [name, keys.length]));
}
