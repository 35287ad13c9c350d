import { setImmediate as giveWay } from "node:timers/promises";
import type { Anchor } from "../../trust/anchor.ts";
import { buildEvidencePackage } from "../evidence/evidence-package.ts";
import { type Collected, collectEvidence, type Disclosure } from "../evidence/evidence-package-collect.ts";
import { writePackage } from "../evidence/package-write.ts";
import type { EvidenceReader } from "../evidence-reader.ts";
import type { ContextKind } from "../message-record.ts";
import type { LogReader } from "../message-store.ts";
import { findStatement } from "../statement/find-statement.ts";
import type { HourTables } from "../statement/hour-tables.ts";
import type { PairHour, RangeQuestion } from "../statement/pair-hour.ts";
import { findByQueryId, findParts, type QueryIdQuestion } from "./find-parts.ts";

/** What the thread works with. */
export interface DeskTools {
  readonly log: LogReader;
  readonly reader: EvidenceReader;
  readonly anchor: Anchor;
  readonly hours: HourTables;
}

/** An evidence package, or why there is none. */
export type PackedEvidence =
  | { readonly outcome: "packed"; readonly bytes: Uint8Array }
  | Exclude<Collected, { readonly outcome: "collected" }>;

/** Of a kind of which there are many no more than these of the newest are told: some weeks of statements. */
const mostDocuments = 20_000;

/** Everything that the log can be asked for, a line each. */
export const deskQuestions = {
  parts: ({ log }: DeskTools, { exchangeId }: { readonly exchangeId: string }) => findParts(log, exchangeId),
  byQueryId: ({ log }: DeskTools, question: QueryIdQuestion) => findByQueryId(log, question, giveWay),
  evidence: ({ reader, anchor }: DeskTools, question: EvidenceQuestion) => pack(reader, anchor, question),
  hour: ({ hours }: DeskTools, { from }: { readonly from: number }) => hours.sums(from),
  ranges: ({ hours }: DeskTools, question: RangeQuestion) => hours.ranges(question),
  entries: ({ hours }: DeskTools, question: RangeQuestion) => hours.entries(question),
  documents: ({ log }: DeskTools, { kind }: { readonly kind: ContextKind }) =>
    log.documentsOf(kind, mostDocuments),
  statedBefore: ({ log }: DeskTools, hour: PairHour) => findStatement(log, hour),
} as const;

export type DeskQuestions = typeof deskQuestions;
export type Question<Kind extends keyof DeskQuestions> = Parameters<DeskQuestions[Kind]>[1];
export type Answer<Kind extends keyof DeskQuestions> = Awaited<ReturnType<DeskQuestions[Kind]>>;

type EvidenceQuestion = readonly {
  readonly exchangeId: string;
  readonly disclosure: Disclosure;
}[];

/** One package as it is; several in a zip, each under the id of its exchange. */
async function pack(
  reader: EvidenceReader,
  anchor: Anchor,
  wanted: EvidenceQuestion,
): Promise<PackedEvidence> {
  const packages = new Map<string, Buffer>();
  for (const { exchangeId, disclosure } of wanted) {
    const collected = await collectEvidence(reader, exchangeId, anchor, disclosure);
    if (collected.outcome !== "collected") return collected;
    packages.set(`${exchangeId}.zip`, await buildEvidencePackage(collected.parts));
  }
  const [first] = packages.values();
  if (first === undefined) return { outcome: "unknown" };
  return { outcome: "packed", bytes: packages.size === 1 ? first : await writePackage(packages) };
}
