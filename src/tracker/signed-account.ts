import type { StoredRecord } from "../messagelog/message-store.ts";

/** What a list takes from the signed account of a message (`schemas/exchange/v1`). */
export interface SignedAccount {
  readonly decision?: { readonly fieldsRemoved?: readonly string[] } | null;
  readonly decisionUse?: "automated" | "caseworker" | "analytics" | "none" | null;
  readonly emergency?: object | null;
  readonly endpoint?: { readonly method: string; readonly template: string } | null;
  readonly lawfulBasis?: { readonly basis: string; readonly provision: string } | null;
  readonly permission?: object | null;
  readonly purpose?: { readonly id: string; readonly revision: number } | null;
  readonly purposeSource?: "stated" | "defaulted" | null;
  readonly service?: { readonly id: string; readonly sha256: string | null };
  readonly subjectCount?: number;
  readonly subjects?: readonly { readonly role: string }[];
}

/** Accounts were verified before they were kept; of a record that is gone or damaged there is an empty one. */
export function accountOf(record: Pick<StoredRecord, "exchange"> | undefined): SignedAccount {
  try {
    const account: unknown = JSON.parse(record?.exchange.toString("utf8") ?? "");
    return typeof account === "object" && account !== null ? account : {};
  } catch {
    return {};
  }
}
