import { setTimeout as wait } from "node:timers/promises";

/** Resolves when it holds; looks every few milliseconds. @throws Error when it does not within half a minute */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (await holds()) return;
    await wait(10);
  }
  throw new Error(`it did not happen: ${what}`);
}
