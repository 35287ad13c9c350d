import type { HoldPeriod, HoldScope } from "./hold-statement.ts";

/*
 * What may be ordered of the office, as it travels from the command line to the running server. With `dryRun` nothing
 * is changed, and the report says what would be.
 */

interface Order<Kind extends string> {
  readonly order: Kind;
  readonly dryRun: boolean;
}

/** Destroys the keys whose time has come. */
export type RunOrder = Order<"run">;

/** Erases the content of one exchange here, before its time. */
export interface EraseOrder extends Order<"erase"> {
  readonly exchangeId: string;
  readonly reason: string;
  readonly by: string;
}

/** A scope as it is ordered: a person by the identifier itself, in all its spellings with U+0000 between them. */
export type OrderedScope =
  | Exclude<HoldScope, { kind: "subject" }>
  | {
      readonly kind: "subject";
      readonly scheme: string;
      readonly value: string;
      readonly period: HoldPeriod;
    };

export interface HoldRequest extends Order<"hold"> {
  /** UUIDv7 that it gets, where whoever orders may have to ask again: the hold that has it is answered, and none placed anew. */
  readonly hold?: string;
  readonly case: string;
  readonly authority: string;
  readonly scope: OrderedScope;
  /** Milliseconds. */
  readonly review: number;
  /** Two people: who places it, who confirms it. */
  readonly by: readonly [string, string];
}

export interface LiftRequest extends Order<"lift"> {
  readonly hold: string;
  readonly reason: string;
  readonly by: readonly [string, string];
}

/** Ends the vault of a member that is not served here any more. */
export interface LeaveRequest extends Order<"leave"> {
  readonly member: string;
  readonly reason: string;
  readonly by: readonly [string, string];
}

export type ListOrder = Order<"list">;

export type RetentionOrder = RunOrder | EraseOrder | HoldRequest | LiftRequest | LeaveRequest | ListOrder;

/** What a hold is, for people; a person in its scope is not named. */
export interface HoldReport {
  readonly hold: string;
  readonly case: string;
  readonly authority: string;
  readonly scope: "exchanges" | "pair" | "subject";
  readonly placed: number;
  readonly by: readonly string[];
  readonly review: number;
  readonly state: "in-force" | "stale" | "lifted";
  /** Records that it covers; what restrictions hide is kept and not counted. */
  readonly records: number;
}

/** What was done, or what would be. */
export interface RetentionReports {
  readonly run: {
    readonly keys: number;
    readonly held: number;
    readonly late: number;
    readonly finished: number;
    /** `class part`, and how many days of it end. */
    readonly byClass: Readonly<Record<string, number>>;
  };
  readonly erase: { readonly records: number };
  readonly hold: { readonly hold: string; readonly records: number };
  readonly lift: { readonly hold: string; readonly keys: number };
  readonly leave: { readonly keys: number };
  readonly list: { readonly holds: readonly HoldReport[] };
}

export type ReportOf<One extends RetentionOrder> = RetentionReports[One["order"]];
