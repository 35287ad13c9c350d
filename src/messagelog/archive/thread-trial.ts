/** A thread starts within this, milliseconds: what is done meanwhile says nothing. */
const settling = 2000;
/** How long a number of threads is tried, milliseconds. */
const trial = 2000;
/** Less work than this ahead, milliseconds, is done before another thread could be judged, so none is tried. */
const worthATrial = 15_000;
/** How much faster one more thread must make it. */
const gain = 1.15;

/**
 * How many threads to have beside the one that is there anyway, found out by trying: two processors may be one core with
 * two threads, or another's as well, and no system says so reliably. One more is kept when it made the work faster.
 */
export class ThreadTrial {
  readonly #most: number;
  #threads = 0;
  #since: number;
  #from: { readonly at: number; readonly done: number } | undefined;
  /** Pieces a millisecond with one thread less. */
  #before = 0;
  #isOver: boolean;

  /** @param most threads that may be tried @param now milliseconds, as `monotonic` has them */
  constructor(most: number, now: number) {
    this.#most = most;
    this.#since = now;
    this.#isOver = most === 0;
  }

  /**
   * @param done pieces of work so far @param ahead those that remain
   * @returns how many threads there should be from now on
   */
  wanted(now: number, done: number, ahead: number): number {
    if (this.#isOver || now - this.#since < settling) return this.#threads;
    this.#from ??= { at: now, done };
    const took = now - this.#from.at;
    if (took >= trial) this.#judge(now, (done - this.#from.done) / took, ahead);
    return this.#threads;
  }

  #judge(now: number, rate: number, ahead: number): void {
    const pays = this.#threads === 0 || rate >= gain * this.#before;
    if (!pays) this.#threads--;
    this.#isOver = !pays || this.#threads === this.#most || ahead < worthATrial * rate;
    if (this.#isOver) return;
    this.#threads++;
    this.#before = rate;
    this.#since = now;
    this.#from = undefined;
  }
}
