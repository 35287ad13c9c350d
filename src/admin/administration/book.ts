import type { Clock } from "../../core/clock.ts";
import type { AdministrationDraft, AdministrationEntry } from "./entry.ts";
import { type AdministrationState, foldAdministration } from "./state.ts";

/** An entry of which only what it says of itself is known: whoever can write the database may have written it. */
export interface ClaimedEntry {
  readonly claim: Pick<AdministrationEntry, "id" | "time" | "by" | "member"> & { readonly what: string };
  /** @returns undefined for what the server did not sign @throws SealwayError `log_unavailable` */
  verified(): Promise<AdministrationEntry | undefined>;
}

/** Where entries are: the log of the server, which its running process alone writes. */
export interface AdministrationLog {
  /** All entries of the fold, verified. @throws SealwayError `log_unavailable` */
  entries(): Promise<readonly AdministrationEntry[]>;
  /** The newest entries of every kind, newest first. @param most no more than so many */
  newest(most: number): Promise<readonly ClaimedEntry[]>;
  /** Durable when it resolves. @throws SealwayError when the server is not running, or cannot keep it */
  keep(draft: AdministrationDraft): Promise<AdministrationEntry>;
}

/** How old what is known of the log may be, milliseconds: other processes of a cluster write it, too. */
const knownFor = 5_000;

/** Users, roles, keys and mandates as the log has them. */
export class AdministrationBook {
  readonly #log: AdministrationLog;
  readonly #clock: Clock;
  #state: AdministrationState = foldAdministration([]);
  #readAt = Number.NEGATIVE_INFINITY;
  /** Time of the newest entry, milliseconds. */
  #newestAt = 0;
  /** Changes are made one after another: each is judged by what the one before left. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(log: AdministrationLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @throws SealwayError `log_unavailable` */
  async state(): Promise<AdministrationState> {
    const age = this.#clock.now() - this.#readAt;
    if (age < 0 || age >= knownFor) await this.#read();
    return this.#state;
  }

  /**
   * Makes a change: what it decides is decided on the newest state, and no other change comes between.
   * @param decide gives the entries, or throws why there are none
   */
  change<Answer>(
    decide: (
      state: AdministrationState,
      keep: (draft: AdministrationDraft) => Promise<void>,
    ) => Promise<Answer>,
  ): Promise<Answer> {
    const next = this.#changing.then(async () => {
      await this.#read();
      let newest = this.#newestAt;
      // Who waited was drafted before what went first: entries fold by their times, which therefore follow each other here.
      const keep = async (draft: AdministrationDraft) => {
        newest = Math.max(draft.time, newest + 1);
        await this.#log.keep({ ...draft, time: newest });
      };
      try {
        return await decide(this.#state, keep);
      } finally {
        await this.#read();
      }
    });
    this.#changing = next.catch(() => undefined);
    return next;
  }

  /** Records what is no change of users. */
  async record(draft: AdministrationDraft): Promise<void> {
    await this.#log.keep(draft);
  }

  newest(most: number): Promise<readonly ClaimedEntry[]> {
    return this.#log.newest(most);
  }

  async #read(): Promise<void> {
    const at = this.#clock.now();
    const entries = await this.#log.entries();
    this.#state = foldAdministration(entries);
    this.#newestAt = entries.reduce((newest, { time }) => Math.max(newest, time), 0);
    this.#readAt = at;
  }
}
