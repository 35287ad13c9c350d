import type { Json } from "../core/canonical-json.ts";

/** What is sought in the log; see `sealway log search`. */
export interface RecordsQuestion {
  readonly filters: Readonly<Record<string, string>>;
  /** A person; then the answer is personal data. */
  readonly person: { readonly scheme: string; readonly value: string } | undefined;
  /** Whose records, and no others. */
  readonly members: ReadonlySet<string>;
  readonly order: "newest" | "oldest";
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface RecordsPage {
  readonly results: readonly Json[];
  readonly cursor: string | null;
  /** What was asked, for the log: a person stands there by search tags only. */
  readonly asked: readonly string[];
}

/** The log, searched beside the running server. What a restriction covers is not there. */
export interface RecordsDesk {
  search(question: RecordsQuestion): Promise<RecordsPage>;
}
