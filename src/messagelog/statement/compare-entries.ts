import type { Entry } from "./pair-hour.ts";
import type { EntryFinding } from "./reconciliation-result.ts";

export interface Comparison {
  readonly findings: readonly EntryFinding[];
  /** Exchanges of which one side may still get its answer. */
  readonly open: number;
}

type Verdict = Omit<EntryFinding, "exchange"> | undefined;

/**
 * Compares what two logs hold of the same ranges.
 * @param mayAnswer whether an answer that is not there may still come
 */
export function compareEntries(
  here: readonly Entry[],
  there: readonly Entry[],
  mayAnswer: boolean,
): Comparison {
  const own = new Map(here.map((entry) => [entry.id, entry]));
  const others = new Map(there.map((entry) => [entry.id, entry]));
  const findings: EntryFinding[] = [];
  let open = 0;
  for (const id of [...new Set([...own.keys(), ...others.keys()])].sort()) {
    const verdict = judge(own.get(id), others.get(id));
    if (verdict === undefined) continue;
    if (mayAnswer && isUnanswered(own.get(id), others.get(id))) open++;
    else findings.push({ exchange: id, ...verdict });
  }
  return { findings, open };
}

/** Neither side lacks more than an answer that the consumer has not given up. */
function isUnanswered(here: Entry | undefined, there: Entry | undefined): boolean {
  const waits = (entry: Entry | undefined) => entry?.answer === null && !entry.concluded;
  return here !== undefined && there !== undefined && (waits(here) || waits(there));
}

function judge(here: Entry | undefined, there: Entry | undefined): Verdict {
  if (here === undefined) return isShared(there!) ? { finding: "missing-here", part: "exchange" } : undefined;
  if (there === undefined) return isShared(here) ? { finding: "missing-there", part: "exchange" } : undefined;
  if (here.role === there.role) return { finding: "different", part: "exchange" };
  return judgeRequest(here, there) ?? judgeAnswer(here, there);
}

/** The other side must have it: what a provider holds came from the consumer, and an answer from the provider. */
function isShared({ role, answer }: Entry): boolean {
  return role === "provider" || answer !== null;
}

function judgeRequest(here: Entry, there: Entry): Verdict {
  if (here.request === there.request) return undefined;
  return { finding: differenceOf(here.request, there.request), part: "request" };
}

function judgeAnswer(here: Entry, there: Entry): Verdict {
  if (here.answer === there.answer) return undefined;
  const gaveUp = (here.answer === null && here.concluded) || (there.answer === null && there.concluded);
  if (gaveUp) return { finding: "not-received", part: "answer" };
  return { finding: differenceOf(here.answer, there.answer), part: "answer" };
}

function differenceOf(here: string | null, there: string | null): EntryFinding["finding"] {
  if (here === null) return "missing-here";
  return there === null ? "missing-there" : "different";
}
