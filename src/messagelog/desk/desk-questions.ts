import { setImmediate as giveWay } from "node:timers/promises";
import { keptText } from "../../message/kept-text.ts";
import type { EvidenceReader } from "../evidence-reader.ts";
import type { ContextKind } from "../message-record.ts";
import type { LogReader } from "../message-store.ts";
import type { RecoveredQuestion } from "../recovery/judge-recovered.ts";
import type { LogSearch } from "../search/log-search.ts";
import { findStatement } from "../statement/find-statement.ts";
import type { HourTables } from "../statement/hour-tables.ts";
import type { PairHour, RangeQuestion } from "../statement/pair-hour.ts";
import type { KeyVault } from "../vault.ts";
import { type AgreementUsesQuestion, findAgreementUses } from "./agreement-uses.ts";
import { findByIndex } from "./find-by-query-id.ts";
import { type DisclosureQuestion, findDisclosures } from "./find-disclosures.ts";
import { findParts, type QueryIdQuestion } from "./find-parts.ts";
import { type NamesPersonQuestion, namesPerson } from "./names-person.ts";
import type { EvidenceQuestion } from "./pack-evidence.ts";

/** What the thread works with. */
export interface DeskTools {
  readonly log: LogReader;
  readonly reader: EvidenceReader;
  readonly anchorFile: string;
  readonly hours: HourTables;
  /** Works with the search index, one question after another: it reads on from where the one before stopped. */
  search<Answer>(work: (search: LogSearch) => Promise<Answer>): Promise<Answer>;
  readonly vault: Pick<KeyVault, "keysOf" | "find">;
  /** Loads the module of a question from above. */
  load(address: string): Promise<unknown>;
}

/** A question of a room that stands on the log: the log must not know what is made of it. */
export interface QuestionFromAbove {
  /** URL of a module that exports `answer`, an `AnswerFromAbove`. */
  readonly module: string;
  readonly question: unknown;
}

export type AnswerFromAbove = (tools: DeskTools, question: unknown) => Promise<unknown>;

/** A statement of the log by its digest, and what it states. */
export interface KeptStatement {
  readonly sha256: string;
  readonly text: string;
}

/** Of a kind of which there are many no more than these of the newest are told: some weeks of statements. */
const mostDocuments = 20_000;

/** Everything that the log can be asked for, a line each. */
export const deskQuestions = {
  agreementUses: async ({ search }: DeskTools, question: AgreementUsesQuestion) =>
    search((opened) => findAgreementUses(opened, question, giveWay)),
  parts: ({ log }: DeskTools, { exchangeId }: { readonly exchangeId: string }) => findParts(log, exchangeId),
  byQueryId: async ({ log, search }: DeskTools, question: QueryIdQuestion) =>
    search((opened) => findByIndex(opened, log, question, giveWay)),
  // Loaded when it is asked for: it needs half of what there is, and most runs of most servers never ask.
  evidence: async ({ reader, anchorFile }: DeskTools, question: EvidenceQuestion) =>
    (await import("./pack-evidence.ts")).packEvidence(reader, anchorFile, question),
  hour: ({ hours }: DeskTools, { from }: { readonly from: number }) => hours.sums(from),
  ranges: ({ hours }: DeskTools, question: RangeQuestion) => hours.ranges(question),
  entries: ({ hours }: DeskTools, question: RangeQuestion) => hours.entries(question),
  documents: (
    { log }: DeskTools,
    { kind, newest = mostDocuments }: { readonly kind: ContextKind; readonly newest?: number },
  ) => log.documentsOf(kind, newest),
  /** What signed statements of a kind say, as JSON, oldest first: there may be hundreds of thousands. */
  statements: async (
    { log }: DeskTools,
    { kind, newest }: { readonly kind: ContextKind; readonly newest: number },
  ): Promise<readonly KeptStatement[]> =>
    (await log.documentsOf(kind, newest)).map(({ sha256, bytes }) => ({ sha256, text: keptText(bytes) })),
  document: ({ log }: DeskTools, { sha256 }: { readonly sha256: string }) => log.document(sha256),
  /** When a batch was time-stamped, milliseconds. */
  sealedAt: async ({ log }: DeskTools, { batch }: { readonly batch: number }) =>
    (await log.batch(batch))?.genTime,
  judgeRecovered: async ({ anchorFile }: DeskTools, question: RecoveredQuestion) =>
    (await import("../recovery/judge-recovered.ts")).judgeRecovered(anchorFile, question),
  disclosures: async ({ log, search }: DeskTools, question: DisclosureQuestion) =>
    search((opened) => findDisclosures(opened, log, question, giveWay)),
  namesPerson: ({ log }: DeskTools, question: NamesPersonQuestion) => namesPerson(log, question),
  statedBefore: ({ log }: DeskTools, hour: PairHour) => findStatement(log, hour),
  above: async (tools: DeskTools, { module, question }: QuestionFromAbove) => {
    const { answer } = (await tools.load(module)) as { readonly answer: AnswerFromAbove };
    return answer(tools, question);
  },
} as const;

export type DeskQuestions = typeof deskQuestions;
export type Question<Kind extends keyof DeskQuestions> = Parameters<DeskQuestions[Kind]>[1];
export type Answer<Kind extends keyof DeskQuestions> = Awaited<ReturnType<DeskQuestions[Kind]>>;
