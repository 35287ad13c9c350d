import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeText } from "./key-folder.ts";

/** What a key is for, and whose: `seal DEV/GOV/10000001`, or `tls`. */
export type Slot = string;

/** The name under which the files of `server.json` stand among the keys. */
export const configuredKey = "configured";

/** What is remembered of keys beside their folders. */
export interface KeyChoice {
  /** The key that an operator wants to be used. */
  readonly chosen: Readonly<Record<Slot, string>>;
  /** The key that was used last. */
  readonly used: Readonly<Record<Slot, string>>;
  /** Since when the configuration in force has listed a certificate, by fingerprint; milliseconds. */
  readonly listedSince: Readonly<Record<string, number>>;
}

const nothing: KeyChoice = { chosen: {}, used: {}, listedSince: {} };

/** @throws SyntaxError for a file that somebody spoiled */
export async function readChoice(keysDirectory: string): Promise<KeyChoice> {
  try {
    return { ...nothing, ...JSON.parse(await readFile(choiceFile(keysDirectory), "utf8")) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return nothing;
    throw error;
  }
}

/** The folder is made where no key was: whoever chooses may have configured keys alone. */
export async function writeChoice(keysDirectory: string, choice: KeyChoice): Promise<void> {
  await mkdir(keysDirectory, { recursive: true, mode: 0o700 });
  await writeText(choiceFile(keysDirectory), JSON.stringify(choice, undefined, 2));
}

function choiceFile(keysDirectory: string): string {
  return join(keysDirectory, "choice.json");
}

/** One of the keys of a slot, as it is judged now. */
export interface Candidate {
  readonly name: string;
  /** Of its certificate, milliseconds. */
  readonly notAfter: number;
  /** Why others would not take it now. */
  readonly problem: string | undefined;
  /** Since when the configuration lists it, milliseconds. */
  readonly listedSince: number | undefined;
}

/** How a key stands, for whoever asks. */
export interface KeyStanding extends Candidate {
  readonly slot: Slot;
  readonly fingerprint: string;
  readonly isUsed: boolean;
}

/**
 * How long a certificate must have been listed before it is used instead of another one, milliseconds: within a minute
 * every server that reaches the authority has the configuration that lists it.
 */
export const settleTime = 90_000;

/**
 * The key to use: the chosen one, or the one that ends last, among those that everybody takes already; failing them,
 * among those that are listed; failing them, the one that was used before.
 * @param now milliseconds
 */
export function pickKey<One extends Candidate>(
  candidates: readonly One[],
  {
    chosen,
    used,
    now,
  }: { readonly chosen?: string | undefined; readonly used?: string | undefined; readonly now: number },
): One | undefined {
  const good = candidates.filter(({ problem }) => problem === undefined);
  const settled = good.filter(({ listedSince }) => isSettled(listedSince, now));
  // Of a key that was certified again, the latest certificate.
  const named = (among: readonly One[], name: string | undefined) =>
    among.findLast((one) => one.name === name);
  if (settled.length > 0) return named(settled, chosen) ?? last(settled);
  if (good.length > 0) return named(good, used) ?? named(good, chosen) ?? last(good);
  return named(candidates, used) ?? named(candidates, chosen) ?? last(candidates);
}

export function isSettled(listedSince: number | undefined, now: number): boolean {
  return listedSince !== undefined && now - listedSince >= settleTime;
}

/** The one that ends last; of equals the first. */
function last<One extends Candidate>(candidates: readonly One[]): One | undefined {
  return candidates.toSorted((a, b) => b.notAfter - a.notAfter)[0];
}
