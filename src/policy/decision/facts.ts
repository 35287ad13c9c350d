import type { Endpoint, ServiceDescription } from "../../catalogue/service-description.ts";
import type { Agreement, AuthorityWord } from "../agreement.ts";
import type { JudgedPermission } from "../permissions/judge-permission.ts";
import type { Purpose, StatedUse } from "../purpose.ts";

/** A fact that is known, or that only the other side or a later step knows. */
export type Fact<T> = T | "unknown";

/** What a decision is made on. Nothing is looked up from inside. */
export interface Facts extends AuthorityWord {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly endpoint: { readonly method: string; readonly template: string };
  /** Version of the service's description. */
  readonly version: string;
  /** What the consumer asks for, a purpose of that description; null when it names none. */
  readonly purpose: Fact<JudgedPurpose | null>;
  /** Whether the caller said so itself, or its gateway found that there is only one; null when there is none. */
  readonly purposeSource: Fact<"stated" | "defaulted" | null>;
  /** On which lawful basis the consumer says that it asks; null when it names none. */
  readonly lawfulBasis: Fact<{ readonly basis: string; readonly provision: string } | null>;
  /** What the consumer says that the answer is for. */
  readonly decisionUse: Fact<StatedUse>;
  /** The agreements between consumer and service. */
  readonly agreements: Fact<readonly Agreement[]>;
  /** The agreement that the consumer signed for, null when it named none. */
  readonly named: Fact<NamedAgreement | null>;
  /** The permission of a call that needs one, as it was judged; null where none is needed. */
  readonly permission: Fact<JudgedPermission | null>;
  /** What the endpoint answers, and what of it was withdrawn from everybody. */
  readonly answers: Fact<AnswersToCut>;
  /** What the caller claims emergency access by; null for an ordinary call. */
  readonly emergency: EmergencyClaim | null;
}

export type JudgedPurpose = Pick<
  Purpose,
  "id" | "revision" | "sha256" | "elements" | "decisionUses" | "ends" | "recordedBasis" | "emergency"
>;

export type NamedAgreement = Pick<Agreement, "id" | "revision" | "sha256">;

export interface EmergencyClaim {
  /** Whether an official is named who answers for it. */
  readonly userNamed: boolean;
  /** Agreements whose grant is suspended: somebody has not reviewed an earlier emergency in time. */
  readonly suspended: ReadonlySet<Agreement["id"]>;
}

export interface AnswersToCut {
  readonly description: ServiceDescription;
  readonly endpoint: Endpoint;
  readonly withdrawnFields: readonly string[];
}

/** The facts that may be unknown. */
export type FactName = { [Name in keyof Facts]-?: "unknown" extends Facts[Name] ? Name : never }[keyof Facts];

/** The facts as a rule has them that needs some: those are known. */
export type KnownFacts<Needed extends FactName> = Facts & {
  readonly [Name in Needed]: Exclude<Facts[Name], "unknown">;
};
