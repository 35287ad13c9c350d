import type { Json } from "../core/canonical-json.ts";
import type { ClientId } from "../core/ids.ts";
import type { RecordsQuestion } from "./records-desk.ts";

/** One exchange as the records of these members tell it: metadata alone. Times are RFC 3339 in UTC. */
export interface ExchangeAccount {
  readonly exchange: string;
  readonly instance: string;
  readonly consumer: string;
  readonly consumerServer: string;
  readonly service: { readonly id: string; readonly version: string | null; readonly title: ToldText | null };
  readonly providerServer: string;
  readonly endpoint: { readonly method: string; readonly template: string } | null;
  readonly purpose: {
    readonly id: string;
    readonly revision: number;
    readonly title: ToldText | null;
    readonly source: string | null;
  } | null;
  readonly lawfulBasis: { readonly basis: string; readonly provision: string } | null;
  readonly decisionUse: string | null;
  readonly agreement: { readonly id: string; readonly revision: number } | null;
  readonly about: string | null;
  readonly conversation: string;
  readonly representedParty: string | null;
  readonly byPermission: boolean;
  readonly emergency: boolean;
  /** How many persons the messages name, by commitments. */
  readonly persons: number;
  /** What of the request and of the answer can be disclosed one by one, as `openings` takes the names. */
  readonly openings: readonly string[];
  /** What was decided, as the answer says it, and by which rules. */
  readonly decision: ToldDecision | null;
  readonly fault: { readonly code: string; readonly hop: string } | null;
  /** One, or both where both members are among those asked for. */
  readonly sides: readonly ExchangeSide[];
  /** Consumers that used the same id again, for exchanges of their own. */
  readonly alsoUsedBy: readonly string[];
}

/** By language. */
export type ToldText = Readonly<Record<string, string>>;

export interface ToldDecision {
  readonly verdict: string;
  readonly code: string | null;
  readonly fieldsRemoved: readonly string[];
  /** The rules, asked again of the documents that the log kept; empty where it kept none of them. */
  readonly trace: readonly ToldRule[];
}

export interface ToldRule {
  readonly rule: string;
  readonly outcome: "passed" | "failed" | "unknown" | "skipped";
  readonly code: string;
  readonly mends: string;
  /** What it looked at: kinds, ids and revisions. */
  readonly inputs: readonly string[];
}

export interface ExchangeSide {
  readonly role: "consumer" | "provider";
  readonly member: string;
  /** The request, then its answer. */
  readonly messages: readonly ToldMessage[];
}

export interface ToldMessage {
  readonly type: "request" | "response" | "refusal" | "fault";
  readonly direction: "sent" | "received";
  readonly signerRole: string;
  /** When the signer says that it was sealed, and when it was recorded here. */
  readonly sealed: string;
  readonly recorded: string;
  readonly algorithm: string;
  /** Base64url SHA-256 of what was signed. */
  readonly digests: { readonly exchange: string; readonly head: string };
  readonly head: "readable" | "erased" | "withheld" | "unreadable";
  readonly body: "kept" | "not-kept";
  /** The signer's, then its issuer's. */
  readonly certificates: readonly ToldCertificate[];
  readonly ocsp: readonly ToldOcsp[];
  /** Null while it waits for its time-stamp. */
  readonly timeStamp: ToldTimeStamp | null;
}

export interface ToldCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly from: string;
  readonly to: string;
  /** Base64url SHA-256. */
  readonly fingerprint: string;
}

export interface ToldOcsp {
  readonly state: string;
  readonly produced: string | null;
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
}

/** A time-stamp over the root of a batch, and the way from the message to the root (RFC 4998 §4.2). */
export interface ToldTimeStamp {
  readonly time: string;
  readonly authority: string;
  readonly policy: string;
  readonly batch: number;
  /** From 1, of so many. */
  readonly leaf: number;
  readonly leaves: number;
  readonly root: string;
  /** From the message to the root. */
  readonly path: readonly TreeStep[];
  readonly renewals: number;
}

/** Digests in hex: on the first step those of the message itself, then the neighbours on each level; and what their hash gives. */
export interface TreeStep {
  readonly with: readonly string[];
  readonly gives: string;
}

/** What an evidence package shows of heads. */
export type ShownHeads = "shown" | { readonly openings: readonly string[] };

/** Ids are the choice of consumers' servers: whoever knows another's may use it again. The first who did is meant unless told. */
export interface ExchangeName {
  readonly exchange: string;
  readonly client?: string | undefined;
}

/** One member's side of an exchange. */
export interface SideName {
  readonly exchange: string;
  readonly client: ClientId;
  readonly member: string;
  readonly role: "consumer" | "provider";
}

/** Personal data of one exchange, opened. */
export interface Opened {
  readonly message: "request" | "answer";
  readonly name: string;
  readonly scheme: string;
  readonly value: string;
}

/** A verdict as `sealway verify` gives it. */
export interface ToldVerdict {
  readonly verdict: "valid" | "invalid" | "unusable";
  readonly findings: readonly {
    readonly code: string;
    readonly place: string;
    readonly severity: string;
    readonly consequence: string;
    readonly detail?: string;
  }[];
}

/** A file of results, and what its custody log says of it. */
export interface Exported {
  readonly bytes: Buffer;
  readonly count: number;
  /** Of the list in it, base64url. */
  readonly sha256: string;
  /** As a search's, for the log. */
  readonly asked: readonly string[];
}

export interface ExportQuestion extends Pick<RecordsQuestion, "filters" | "person" | "members"> {
  readonly format: "csv" | "jsonl";
  /** Who exports and why, as the custody log has it. */
  readonly custody: Readonly<Record<string, Json>>;
}

/**
 * Single exchanges of a server's log, read beside the running server. What a restriction covers, and what is no record of
 * these members, is not there.
 */
export interface ExchangeDesk {
  account(name: ExchangeName, members: ReadonlySet<string>): Promise<ExchangeAccount | undefined>;
  /** The side of one of these members, the consumer's before the provider's. */
  sideOf(name: ExchangeName, members: ReadonlySet<string>): Promise<SideName | undefined>;
  /** @throws SealwayError `evidence_pending` */
  package(side: SideName, heads: ShownHeads): Promise<Buffer | undefined>;
  /** The evidence verified now, as a stranger would; with the other side's, joined, where that is given. @throws as `package` */
  verify(side: SideName, other: Buffer | undefined): Promise<ToldVerdict | undefined>;
  /** @param names as `ExchangeAccount.openings`; those that are not there, or erased, are left out */
  open(side: SideName, names: readonly string[]): Promise<readonly Opened[]>;
  /** The other side's package, by an exchange of its own. @throws SealwayError why there is none */
  otherSide(side: SideName): Promise<Buffer>;
  /** @throws SealwayError `invalid_parameter` when there are too many */
  export(question: ExportQuestion): Promise<Exported>;
}
