import type { MemoryUse } from "./memory.ts";

/** Somebody in an exchange, and the security server that speaks for them. */
export interface Party {
  /** Subsystem or service. */
  readonly id: string;
  readonly name: string;
  readonly server: string;
}

/** How an exchange ended. */
export type Ending =
  | { readonly kind: "answer"; readonly status: number }
  | {
      readonly kind: "problem";
      readonly status: number;
      readonly code: string;
      readonly hop: string;
      readonly rule: string | null;
      readonly message: string;
      readonly remedy: string;
    };

/** The account of one exchange. */
export interface Account {
  readonly event: "exchange";
  readonly number: number;
  readonly title: string;
  /** The scenario of the country that it is taken from; null for one that only shows a failure. */
  readonly scenario: number | null;
  readonly asks: Party;
  readonly answers: Party;
  readonly method: string;
  readonly target: string;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly ending: Ending;
  /** What the answer says, in words. */
  readonly says: string;
  readonly asExpected: boolean;
  readonly expected: string;
  readonly exchangeId: string | null;
  readonly queryId: string | null;
  readonly milliseconds: number;
  readonly memory: readonly MemoryUse[] | null;
  /** What the scenario shows and this release does not check yet. */
  readonly notYetChecked: readonly string[];
}

/** What verification of one side's evidence found. */
export interface EvidenceFound {
  readonly event: "evidence";
  /** Of the exchange. */
  readonly number: number;
  readonly exchangeId: string;
  readonly server: string;
  readonly side: string;
  readonly messages: readonly string[];
  /** ISO 8601, of the time-stamp. */
  readonly sealedAt: string | null;
  readonly valid: boolean;
  /** How many findings of each result. */
  readonly findings: Readonly<Record<string, number>>;
  /** The findings that are not good, in words. */
  readonly troubles: readonly string[];
  readonly file: string | null;
}

/** Everything that the demonstration tells, in the order in which it happens. */
export type DemoEvent =
  | { readonly event: "begin"; readonly directory: string; readonly kept: boolean }
  | { readonly event: "process"; readonly name: string; readonly seconds: number }
  | { readonly event: "ready"; readonly seconds: number; readonly servers: number; readonly members: number }
  | Account
  | { readonly event: "sealed"; readonly servers: readonly string[]; readonly seconds: number }
  | EvidenceFound
  | {
      readonly event: "summary";
      readonly exchanges: number;
      readonly asExpected: number;
      readonly packages: number;
      readonly valid: number;
      readonly passed: boolean;
    }
  | { readonly event: "try"; readonly lines: readonly { readonly what: string; readonly command: string }[] };

/** Where events go: a reader's screen or another program. */
export type Tell = (event: DemoEvent) => void;
