/** Too many wait for the same gateway already. */
export class TooManyWaiting extends Error {
  override readonly name = "TooManyWaiting";
}

/** Questions to one subsystem at a time, from all who are signed in: a gateway turns away what comes beyond its own limit. */
const atOnce = 3;
const mostWaiting = 300;

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/** Has those wait who ask the same place at the same time. */
export class Turns {
  readonly #lines = new Map<string, Line>();
  readonly #patienceMs: number;

  /** @param patienceMs how long a turn is waited for: a gateway that is slow must not hold up the pages of all */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Does the work when it is its turn. @throws TooManyWaiting, and what the work throws */
  async take<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(place) ?? { running: 0, waiting: [] };
    this.#lines.set(place, line);
    if (line.running < atOnce) line.running++;
    else await wait(line, this.#patienceMs);
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if (--line.running === 0) this.#lines.delete(place);
    }
  }
}

/** Whoever ends hands its place on. */
function wait({ waiting }: Line, patienceMs: number): Promise<void> {
  if (waiting.length >= mostWaiting) throw new TooManyWaiting();
  return new Promise((resolve, reject) => {
    const begin = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(begin), 1);
      reject(new TooManyWaiting());
    }, patienceMs);
    waiting.push(begin);
  });
}
