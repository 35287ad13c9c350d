/** An agreement as the management API lists it. */
export interface ListedAgreement {
  readonly id: string;
  readonly consumer: string;
  readonly service: string;
  readonly state: string;
  readonly suspendedBy: readonly string[];
  readonly revision: number;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly source: "acts" | "file";
}

export type Side = "consumer" | "provider";

export interface ToldAct {
  readonly act: string;
  readonly by: string;
  /** Milliseconds. */
  readonly time: number;
  readonly revision: number;
  readonly sha256: string;
  readonly signer: string;
  readonly reason: string | null;
  readonly attribute: string | null;
  readonly answers: { readonly answers: Readonly<Record<string, unknown>> } | null;
  readonly standing: "counts" | "waiting";
  readonly receipts: readonly { readonly by: string; readonly time: number; readonly sha256: string }[];
}

/** What acts made of it. Times are milliseconds. */
export interface MadeAgreement {
  readonly instance: string;
  readonly state: string;
  readonly terms: unknown;
  readonly termsDigest: string | null;
  readonly revision: number | null;
  readonly proposal: {
    readonly by: string;
    readonly revision: number;
    readonly termsDigest: string;
    readonly terms: unknown;
    readonly byLaw: { readonly provision: string; readonly withinDays: number } | null;
    readonly deadline: number | null;
  } | null;
  readonly suspended: Readonly<Record<Side, { readonly since: number; readonly reason: string } | null>>;
  readonly conditions: readonly {
    readonly kind: string;
    readonly attribute: string;
    readonly until: number | null;
    readonly met: boolean;
  }[];
  readonly acts: readonly ToldAct[];
}

/** `GET /agreement`. */
export interface ToldAgreement {
  readonly listed: ListedAgreement;
  /** Of the visitor's members. */
  readonly sides: readonly Side[];
  /** In whose name the visitor may act. */
  readonly acts: readonly Side[];
  /** Null for one that a file states. */
  readonly shown: MadeAgreement | null;
}
