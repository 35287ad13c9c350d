import { setTimeout as wait } from "node:timers/promises";

type Question = () => boolean | Promise<boolean>;

/**
 * Asks until it is so.
 * @param said the question, with its own words before it where its source does not tell what is waited for
 * @throws Error with these words when it is not so after half a minute of waiting
 */
export async function until(...said: [holds: Question] | [what: string, holds: Question]): Promise<void> {
  const holds = said.at(-1) as Question;
  for (let tries = 0; tries < 1500; tries++) {
    if (await holds()) return;
    await wait(20);
  }
  throw new Error(`it did not come to be: ${said[0]}`);
}
