import type { RestrictionDone } from "../assembly/restriction-orders.ts";
import { UsageError } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { timeOf } from "./log-query.ts";

/** @returns milliseconds @throws UsageError */
export function readDate(flag: string, text: string): number {
  const time = timeOf(text);
  if (time === undefined) throw new UsageError(`--${flag} ${text} is no date`, "Write 2027-06-30.");
  return time;
}

/** @returns 1 when a gateway did not take the act: it goes to all of them again with the next act */
export function tellDone({ id, state, reviewBy, nonce, deliveries }: RestrictionDone): number {
  const until = state === "lifted" ? "" : `, to be reviewed by ${new Date(reviewBy).toISOString()}`;
  process.stdout.write(`${id} ${state}${until}\n`);
  if (nonce !== null) process.stdout.write(`opens the order's commitment: ${nonce}\n`);
  for (const { server, failure } of deliveries)
    process.stdout.write(`${server}: ${failure ?? "delivered"}\n`);
  return deliveries.every(({ failure }) => failure === null) ? exitCodes.ok : exitCodes.failed;
}
