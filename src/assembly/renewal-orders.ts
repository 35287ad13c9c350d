import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RenewalOrder } from "../messagelog/renewal/renewal-steps.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";

/*
 * What `sealway log renew` orders of a running server stands in a file of its state directory until it is done: a renewal
 * may take hours, and goes on after a restart.
 */

function pathOf(stateDirectory: string): string {
  return join(stateDirectory, "renewal-order.json");
}

/** Orders a renewal in place of the one that was ordered before. */
export async function placeRenewalOrder(stateDirectory: string, order: RenewalOrder): Promise<void> {
  await writeFileAtomically(pathOf(stateDirectory), Buffer.from(JSON.stringify(order)), "private");
}

/** @returns undefined when there is none @throws Error when the file cannot be read, or is no order */
export async function readRenewalOrder(stateDirectory: string): Promise<RenewalOrder | undefined> {
  let text: string;
  try {
    text = await readFile(pathOf(stateDirectory), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return parseOrder(JSON.parse(text) as Partial<RenewalOrder>);
}

export async function endRenewalOrder(stateDirectory: string): Promise<void> {
  await rm(pathOf(stateDirectory), { force: true });
}

function parseOrder(order: Partial<RenewalOrder>): RenewalOrder {
  if (order.method === "hash-tree" && (order.digest === "sha384" || order.digest === "sha512")) {
    return { method: "hash-tree", digest: order.digest };
  }
  if (order.method === "time-stamp" && order.rules !== undefined) {
    const { beforeExpiry, partOfValidity } = order.rules;
    if (Number.isFinite(beforeExpiry) && Number.isFinite(partOfValidity))
      return { method: "time-stamp", rules: { beforeExpiry, partOfValidity } };
  }
  throw new Error("renewal-order.json is no order: remove it, and order the renewal anew");
}
