import { unavailable } from "./database.ts";
import type { CommitInDoubt } from "./log-writer.ts";
import type { RecordGroup } from "./record-queue.ts";

/** How long a group waits until the database tells what became of it, milliseconds. */
const longest = 5_000;

/**
 * The group whose commit was under way when the connection was lost. Whether it was committed shows when the writer's
 * session has ended: the number of its last record. Those who wait for it wait a few seconds for that.
 */
export class CommitDoubt {
  #open:
    | { readonly group: RecordGroup; readonly error: CommitInDoubt; readonly timer: NodeJS.Timeout }
    | undefined;

  keep(group: RecordGroup, error: CommitInDoubt): void {
    this.giveUp();
    this.#open = { group, error, timer: setTimeout(() => this.giveUp(), longest) };
  }

  /** @param last number of the last record of the writer, whose session has ended */
  settle(last: number): void {
    if (this.#open === undefined) return;
    const { group, error, timer } = this.#open;
    if (last === error.last) {
      this.#open = undefined;
      clearTimeout(timer);
      group.answer(error.answers);
    }
    this.giveUp();
  }

  /** Refuses the group: should it have been committed, its requests stay open until this node ends. */
  giveUp(): void {
    if (this.#open === undefined) return;
    const { group, error, timer } = this.#open;
    this.#open = undefined;
    clearTimeout(timer);
    group.refuse(unavailable("the connection was lost during a commit", error));
  }
}
