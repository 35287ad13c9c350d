import { setTimeout as wait } from "node:timers/promises";

/** Asks until it is so. @throws Error after half a minute */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (await isSo()) return;
    await wait(20);
  }
  throw new Error("it did not come to be");
}
