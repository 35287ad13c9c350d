import type { MemoryUse } from "./memory.ts";

/** Somebody in an exchange, and the security server that speaks for them. */
export interface Party {
  readonly name: string;
  /** Subsystem, service or security server. */
  readonly id: string;
  /** Short name of the server. */
  readonly server: string;
}

/** How an exchange ended. */
export type Ending =
  | { readonly kind: "answer"; readonly status: number }
  /**
   * `signed`: the provider's refusal or fault, told by the consumer's server; `own`: what the consumer's server says
   * itself; `unsigned`: a peer was turned away unheard.
   */
  | {
      readonly kind: "signed" | "own" | "unsigned";
      readonly status: number;
      readonly code: string;
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
  /** For whom and in which case, by the consumer's word. */
  readonly onBehalf: string | null;
  readonly method: string;
  readonly target: string;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly ending: Ending;
  /** What the answer says, in words. */
  readonly says: string;
  readonly expected: string;
  readonly asExpected: boolean;
  /** What the request was signed for. */
  readonly purpose: string | null;
  /** Fields that the provider removed before it signed: JSON pointers (RFC 6901). */
  readonly removed: readonly string[];
  readonly exchangeId: string | null;
  readonly queryId: string | null;
  readonly milliseconds: number;
  readonly memory: readonly MemoryUse[] | null;
  /** What the scenario shows and this release does not check yet. */
  readonly notYetChecked: readonly string[];
}

/** The account of what a person did at the portal, and of the exchange that the portal made for it. */
export interface PageAccount {
  readonly event: "page";
  readonly number: number;
  readonly title: string;
  readonly scenario: number;
  /** The portal. */
  readonly asks: Party;
  readonly answers: Party;
  /** Of the page. */
  readonly address: string;
  /** In order, in words. */
  readonly did: readonly string[];
  /** Lines of the page, as it has them. */
  readonly reads: readonly string[];
  /** What the page says in the end. */
  readonly says: string;
  readonly asExpected: boolean;
  readonly exchangeId: string;
}

/** The account of an act that an officer orders at a security server, which signs it and tells the others. */
export interface ActAccount {
  readonly event: "act";
  readonly number: number;
  readonly title: string;
  readonly scenario: number | null;
  readonly by: Party;
  /** What was done, in words. */
  readonly did: readonly string[];
  /** How things stand then. */
  readonly says: string;
  readonly asExpected: boolean;
  /** Such an act is a statement; it is no exchange. */
  readonly exchangeId: null;
}

/** Something that is played. */
export type Played = Account | PageAccount | ActAccount;

/** What one side's log proves of an exchange, and what the offline verifier says of it. */
export interface EvidenceFound {
  readonly event: "evidence";
  /** Of the exchange. */
  readonly number: number;
  readonly exchangeId: string;
  readonly server: string;
  readonly side: "consumer" | "provider";
  /** In order: request, then response, refusal or fault. */
  readonly messages: readonly string[];
  /** Fields that the signed answer says were removed. */
  readonly removed: readonly string[];
  /** ISO 8601, of the time-stamp. */
  readonly sealedAt: string | null;
  readonly valid: boolean;
  /** How many findings of each severity. */
  readonly findings: Readonly<Record<string, number>>;
  /** Warnings and failures in words, but for the one that this is a demonstration. */
  readonly troubles: readonly string[];
  readonly file: string | null;
}

/** Something that a form asks people for and a register holds. */
export interface HeldQuestion {
  readonly asked: string;
  /** Data element of the vocabulary. */
  readonly element: string;
  readonly service: string;
  /** Services that say only yes or no of it. */
  readonly predicates: readonly string[];
}

/** What the publishing gate has against a service. */
export interface FormRefusal {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

/** The account of a form, held against the catalogue and the publishing gate. */
export interface FormAccount {
  readonly event: "form";
  readonly number: number;
  readonly title: string;
  readonly scenario: number;
  /** Whose form it is. */
  readonly asks: string;
  /** How many it has. */
  readonly questions: number;
  readonly held: readonly HeldQuestion[];
  /** The service that was to take it. */
  readonly draft: string;
  readonly refusals: readonly FormRefusal[];
  readonly asExpected: boolean;
}

/** A command line, and what it shows. */
export interface LineToTry {
  readonly what: string;
  readonly command: string;
}

/** Everything that the demonstration tells, in the order in which it happens. */
export type DemoEvent =
  | { readonly event: "begin"; readonly directory: string; readonly kept: boolean }
  | { readonly event: "process"; readonly name: string; readonly seconds: number }
  | {
      readonly event: "ready";
      readonly seconds: number;
      readonly servers: number;
      readonly members: number;
      /** In the catalogue. */
      readonly services: number;
    }
  /** Where people can sign in at security servers. */
  | { readonly event: "consoles"; readonly urls: readonly string[] }
  | Account
  | PageAccount
  | FormAccount
  | ActAccount
  | {
      readonly event: "sealed";
      readonly servers: readonly string[];
      readonly seconds: number;
      /** Where the packages are written. */
      readonly directory: string;
    }
  | EvidenceFound
  | {
      readonly event: "summary";
      readonly exchanges: number;
      readonly asExpected: number;
      /** Steps of a person at the portal, and of them those that ended as they should. */
      readonly pages: number;
      readonly pagesAsExpected: number;
      /** Acts of officers, and of them those that ended as they should. */
      readonly acts: number;
      readonly actsAsExpected: number;
      /** Forms that were checked, and of them those that ended as they should. */
      readonly forms: number;
      readonly formsAsExpected: number;
      readonly packages: number;
      readonly valid: number;
      readonly passed: boolean;
    }
  | { readonly event: "try"; readonly lines: readonly LineToTry[] }
  | { readonly event: "end"; readonly seconds: number };

/** Where events go: a reader's screen or another program. */
export type Tell = (event: DemoEvent) => void;
