import { isDeepStrictEqual } from "node:util";
import { sha256Base64Url } from "../../core/bytes.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import type { ServerId } from "../../core/ids.ts";
import { hoursOf, type Loss } from "../../messagelog/recovery/loss.ts";
import { isCostly, lostEntries } from "../../messagelog/recovery/lost-entries.ts";
import type { Asked, Progress } from "../../messagelog/recovery/recovered-folder.ts";
import { awaitedOf, type LostHour, type RecoveryLedger } from "../../messagelog/recovery/recovery-ledger.ts";
import {
  type LostExchange,
  mostExchanges,
  type RecoveryStatement,
  signRecovery,
} from "../../messagelog/recovery/recovery-statement.ts";
import {
  type Entry,
  hourMs,
  type PairHour,
  rangeBetween,
  rangeOf,
} from "../../messagelog/statement/pair-hour.ts";
import { required } from "../required.ts";
import type { HourDesk } from "./hour-statements.ts";
import { hourHere, hourThere, membersAt } from "./peer-hours.ts";
import { type RecoverPackageTools, recoverPackage } from "./recover-package.ts";

export interface RecoveryTools extends RecoverPackageTools {
  readonly desk: Pick<HourDesk, "ranges" | "entries">;
  readonly ledger: RecoveryLedger;
  /** Told of each account that is kept, and of a server that could not be asked further. */
  stated(statement: RecoveryStatement): void;
  failed(server: ServerId, error: SealwayError): void;
}

/** Servers that are asked at once. */
const atOnce = 4;
/** A table of an hour at the peer may be so much older than its log: what was just recorded is asked for again. */
const settledAfter = 90_000;
/** How long a server is left alone that could not be asked, or did not give everything, milliseconds; doubled. */
const firstPause = 60_000;
const longestPause = hourMs;
/** After so many packages in a row that prove nothing a peer is asked no more for now. */
const mostUseless = 20;
/** A peer that fails once may fail for one exchange alone; after so many in a row it is taken to be away. */
const mostFailures = 3;
/** Ids in one question for entries. */
const mostRanges = 256;

/** Asks peers for what a discontinuity lost: hour by hour, server by server, from where an earlier run stopped. */
export class LossRecoverer {
  readonly #tools: RecoveryTools;
  readonly #pauses = new Map<ServerId, { readonly until: number; readonly length: number }>();
  #writing: Promise<void> = Promise.resolve();

  constructor(tools: RecoveryTools) {
    this.#tools = tools;
  }

  /**
   * One round over all servers; what fails is told and left for the next one.
   * @param end takes effect between two questions
   * @returns whether nothing is left to be asked
   */
  async round(loss: Loss, end: AbortSignal): Promise<boolean> {
    const { folder, services } = this.#tools;
    const progress: Record<string, Asked> = { ...(await folder.progress(loss.record)).servers };
    if (this.#isDone(loss, progress)) return true;
    const queue = services.trust().configuration.servers.filter(({ id }) => id !== services.self);
    for (const { id } of queue) progress[id] ??= { until: loss.from, failure: null };
    const work = async () => {
      for (let server = queue.shift(); server !== undefined; server = queue.shift())
        await this.#tryServer(loss, server.id, progress, end);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return this.#isDone(loss, progress);
  }

  #isDone(loss: Loss, servers: Progress["servers"]): boolean {
    const asked = Object.values(servers);
    if (asked.length === 0 || asked.some(({ until }) => until <= loss.declared)) return false;
    return this.#tools.ledger.hours(loss.record).every((hour) => awaitedOf(hour).length === 0);
  }

  async #tryServer(
    loss: Loss,
    server: ServerId,
    progress: Record<string, Asked>,
    end: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#tools.services;
    const pause = this.#pauses.get(server);
    if (end.aborted || (pause !== undefined && clock.now() < pause.until)) return;
    const note = (asked: Asked) => {
      progress[server] = asked;
      return this.#write(loss, progress);
    };
    const leaveAlone = () => {
      const length = Math.min(longestPause, pause === undefined ? firstPause : 2 * pause.length);
      this.#pauses.set(server, { until: clock.now() + length, length });
    };
    try {
      await this.#askServer(loss, server, progress[server]!.until, note, end);
      await this.#fetchAwaited(loss, server, end);
      if (this.#awaitedFrom(loss, server).length > 0) leaveAlone();
      else this.#pauses.delete(server);
    } catch (thrown) {
      const error = asSealwayError(thrown);
      leaveAlone();
      await note({ until: progress[server]!.until, failure: error.code });
      this.#tools.failed(server, error);
    }
  }

  async #askServer(
    loss: Loss,
    server: ServerId,
    until: number,
    note: (asked: Asked) => Promise<void>,
    end: AbortSignal,
  ): Promise<void> {
    const { services } = this.#tools;
    const isSettled = services.clock.now() >= loss.declared + settledAfter;
    for (const from of hoursOf(loss, until)) {
      let isCostly = false;
      for (const pair of this.#pairsWith(server)) {
        if (end.aborted) return;
        if ((await this.#askHour(loss, { ...pair, from }, end)) === "costly") isCostly = true;
      }
      if (end.aborted) return;
      if (isSettled) await note({ until: from + hourMs, failure: null });
      // Every question is an exchange that both logs keep: the next hour after a pause.
      if (isCostly) throw tooCostly();
    }
  }

  #pairsWith(peerServer: ServerId): Omit<PairHour, "from">[] {
    const { seals, self: server, trust } = this.#tools.services;
    const { directory } = trust();
    const members = membersAt(directory.server(server)).filter((member) => seals.has(member));
    const peers = membersAt(directory.server(peerServer));
    return members.flatMap((member) => peers.map((peer) => ({ member, server, peer, peerServer })));
  }

  /** @returns `costly` when a peer had many questions asked without giving what it says that it has */
  async #askHour(loss: Loss, hour: PairHour, end: AbortSignal): Promise<"done" | "costly"> {
    const { desk, ledger, services } = this.#tools;
    const range = rangeBetween(hour.from, Math.min(hour.from + hourMs, loss.declared + 1));
    const here = hourHere(desk, hour);
    const found = await lostEntries(range, here, hourThere(services, hour));
    const { entries, unresolved } = found;
    const cost = isCostly(found) ? "costly" : "done";
    if (entries.size === 0 && unresolved === 0) return cost;
    const known = ledger.at(loss.record, hour);
    const isNew = ({ id }: Entry) => !known.exchanges.has(id);
    const wanted = [...entries.values()].filter(isNew);
    await this.#recoverAll(loss, { ...known, unresolved }, wanted, end);
    return cost;
  }

  #awaitedFrom(loss: Loss, server: ServerId): LostHour[] {
    const hours = this.#tools.ledger.hours(loss.record);
    return hours.filter((one) => one.hour.peerServer === server && awaitedOf(one).length > 0);
  }

  /** What an earlier round did not get; the peer is asked anew what it holds of it. */
  async #fetchAwaited(loss: Loss, server: ServerId, end: AbortSignal): Promise<void> {
    for (const lost of this.#awaitedFrom(loss, server)) {
      const there = hourThere(this.#tools.services, lost.hour);
      const awaited = awaitedOf(lost).map(({ exchange }) => rangeOf(exchange));
      for (let first = 0; first < awaited.length; first += mostRanges) {
        if (end.aborted) return;
        const entries = await there.entries(awaited.slice(first, first + mostRanges));
        await this.#recoverAll(loss, lost, entries, end);
      }
    }
  }

  /** What became of each is durable, whatever ends this: those that a failing peer did not give are named as well. */
  async #recoverAll(loss: Loss, lost: LostHour, entries: readonly Entry[], end: AbortSignal): Promise<void> {
    let [useless, failures] = [0, 0];
    for (let first = 0; first === 0 || first < entries.length; first += mostExchanges) {
      const accounts: LostExchange[] = [];
      let failure: SealwayError | undefined;
      for (const entry of entries.slice(first, first + mostExchanges)) {
        // Whatever it would name beside these is its own invention: that must not fill the log.
        if (end.aborted || useless >= mostUseless) break;
        const account = failure ?? (await this.#recover(lost.hour, entry));
        if (account instanceof SealwayError) {
          accounts.push(unreached(entry, account));
          failures++;
          if (failures >= mostFailures) failure = account;
        } else {
          accounts.push(account);
          failures = 0;
          useless = account.outcome === "recovered" ? 0 : useless + 1;
        }
      }
      await this.#state(loss, lost, accounts);
      if (failure !== undefined) throw failure;
      if (useless >= mostUseless) throw tooUseless();
    }
  }

  async #recover(hour: PairHour, entry: Entry): Promise<LostExchange | SealwayError> {
    try {
      return await recoverPackage(this.#tools, hour, entry);
    } catch (thrown) {
      return asSealwayError(thrown);
    }
  }

  /** @throws SealwayError `log_unavailable`, `signer_unavailable` */
  async #state(loss: Loss, lost: LostHour, accounts: readonly LostExchange[]): Promise<void> {
    const { ledger, services } = this.#tools;
    const { hour, unresolved } = lost;
    const known = ledger.at(loss.record, hour);
    const exchanges = accounts.filter((one) => !isDeepStrictEqual(one, known.exchanges.get(one.exchange)));
    if (exchanges.length === 0 && unresolved === known.unresolved) return;
    const { clock, log, seals, trust } = services;
    const statement: RecoveryStatement = {
      ...{ v: 1, instance: trust().configuration.parameters.instance, time: clock.now() },
      ...{ discontinuity: loss.record, ...hour, exchanges, unresolved },
    };
    const bytes = await signRecovery(required(seals.get(hour.member)).signer, statement);
    await log.keep({ kind: "recovery", sha256: sha256Base64Url(bytes), bytes });
    ledger.note(statement);
    this.#tools.stated(statement);
  }

  /** One after another: all servers' progress stands in one file. */
  #write({ record }: Loss, servers: Progress["servers"]): Promise<void> {
    const { folder } = this.#tools;
    const written = this.#writing.then(() => folder.writeProgress(record, { v: 1, servers: { ...servers } }));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

function unreached({ id, role }: Entry, { code }: SealwayError): LostExchange {
  const own = role === "consumer" ? "provider" : "consumer";
  return { exchange: id, role: own, outcome: "awaited", package: null, reason: code };
}

function tooCostly(): SealwayError {
  return new SealwayError(
    "invalid_response",
    "many questions about one hour of the peer named no end of what it has",
  );
}

function tooUseless(): SealwayError {
  return new SealwayError("invalid_response", "package after package of the peer proves nothing");
}
