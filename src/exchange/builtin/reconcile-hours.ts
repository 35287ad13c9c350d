import { asSealwayError } from "../../core/errors.ts";
import type { ServerId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import { compareEntries } from "../../messagelog/statement/compare-entries.ts";
import { checkControl } from "../../messagelog/statement/control-schemas.ts";
import { type Narrowed, narrow } from "../../messagelog/statement/narrow.ts";
import { hourMs, hourRange } from "../../messagelog/statement/pair-hour.ts";
import type { LedgerEntry } from "../../messagelog/statement/pair-ledger.ts";
import { mostFindings } from "../../messagelog/statement/reconciliation-result.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { oldestHour } from "./check-hour-statement.ts";
import type { HourDesk, HourStatements } from "./hour-statements.ts";
import { askPeer, hourHere, hourThere } from "./peer-hours.ts";

/** How long after an hour its statements are made, milliseconds: what is in flight comes in. */
const madeAfter = 10 * 60_000;
/** No statement of the other side so long after an hour is a result, milliseconds. */
const silentAfter = 6 * hourMs;
/** The longest exchange lasts an hour: an answer may come until so long after the hour, milliseconds. */
const answeredAfter = 2 * hourMs;
/** How far back a server looks that was off, milliseconds. */
const lookBack = 48 * hourMs;
/** How long a server that could not be asked is left alone, milliseconds; doubled each time. */
const firstPause = 5 * 60_000;
const longestPause = hourMs;

interface Pause {
  readonly until: number;
  readonly length: number;
}

/** Compares this server's log with those of others, hour by hour: one round after another. */
export class HourReconciler {
  readonly #services: () => GatewayServices;
  readonly #desk: HourDesk;
  readonly #statements: HourStatements;
  readonly #pauses = new Map<ServerId, Pause>();
  /** The first hour that was not looked at yet. */
  #next: number | undefined;

  constructor(services: () => GatewayServices, desk: HourDesk, statements: HourStatements) {
    this.#services = services;
    this.#desk = desk;
    this.#statements = statements;
  }

  /**
   * States what ended, sends what was stated, compares what came.
   * @param end takes effect between two hours
   * @throws SealwayError `log_unavailable`, `signer_unavailable`, `configuration_expired`: the next round goes on
   */
  async round(end: AbortSignal): Promise<void> {
    const { ledger } = this.#statements;
    const now = this.#services().clock.now();
    ledger.prune(now - oldestHour);
    await this.#stateHours(now);
    for (const entry of ledger.entries) {
      if (end.aborted) return;
      if (entry.own !== undefined && isPending(entry)) await this.#reconcile(entry);
    }
  }

  async #stateHours(now: number): Promise<void> {
    const end = now - madeAfter - ((now - madeAfter) % hourMs);
    const start = now - lookBack - ((now - lookBack) % hourMs);
    for (let from = Math.max(this.#next ?? this.#lastStated(), start); from < end; from += hourMs) {
      for (const { exchanges, count, root, ...pair } of await this.#desk.hour(from)) {
        // A member that is served here no more has nobody who signs for it.
        if (exchanges > 0 && this.#services().seals.has(pair.member))
          await this.#statements.own({ ...pair, from }, { count, root });
      }
      this.#next = from + hourMs;
    }
  }

  /** Where an earlier run stopped; its last hours may not have been stated for every pair. */
  #lastStated(): number {
    const stated = this.#statements.ledger.entries.filter(({ own }) => own !== undefined);
    return (stated.at(-1)?.hour.from ?? 0) - 3 * hourMs;
  }

  async #reconcile(entry: LedgerEntry): Promise<void> {
    const { hour } = entry;
    const { clock } = this.#services();
    const pause = this.#pauses.get(hour.peerServer);
    if (pause !== undefined && clock.now() < pause.until) return;
    try {
      if (entry.theirs === undefined) await this.#exchange(entry);
      await this.#compare(entry);
      this.#pauses.delete(hour.peerServer);
    } catch (thrown) {
      const error = asSealwayError(thrown);
      const length = Math.min(longestPause, pause === undefined ? firstPause : 2 * pause.length);
      this.#pauses.set(hour.peerServer, { until: clock.now() + length, length });
      const isLate = clock.now() >= hour.from + hourMs + silentAfter;
      if (isLate && entry.result === undefined)
        await this.#statements.conclude(entry, { outcome: "silent", reason: error.code });
    }
  }

  /** Sends our statement; the answer is theirs. */
  async #exchange({ hour, own }: LedgerEntry): Promise<void> {
    const statement = own!.bytes.toString("latin1");
    const answer = await askPeer(this.#services(), hour, "/statements", { statement });
    const document = parseStrictJson(answer, "invalid_response") as { readonly statement: string };
    checkControl("statement", document, "invalid_response");
    await this.#statements.take(Buffer.from(document.statement, "latin1"), hour);
  }

  async #compare(entry: LedgerEntry): Promise<void> {
    const { hour, own, theirs } = entry;
    const [one, other] = [own!.statement, theirs!.statement];
    if (one.count === other.count && one.root === other.root) {
      await this.#statements.conclude(entry, { outcome: "agreed" });
      return;
    }
    const [here, there] = [hourHere(this.#desk, hour), hourThere(this.#services(), hour)];
    const narrowed = await narrow(hourRange(hour.from), here, there);
    await this.#conclude(entry, narrowed);
  }

  async #conclude(entry: LedgerEntry, { here, there, unresolved }: Narrowed): Promise<void> {
    const now = this.#services().clock.now();
    const { findings, open } = compareEntries(here, there, now < entry.hour.from + hourMs + answeredAfter);
    // An answer that may still come is waited for: the next round looks again.
    if (open > 0) return;
    await this.#statements.conclude(entry, {
      outcome: findings.length + unresolved > 0 ? "differs" : "agreed",
      findings: findings.slice(0, mostFindings),
      unresolved: unresolved + Math.max(0, findings.length - mostFindings),
    });
  }
}

/** Silence may end; everything else is the last word. */
function isPending({ result }: LedgerEntry): boolean {
  return result === undefined || result.outcome === "silent";
}
