import type { Agreement } from "../policy/agreement.ts";
import type { QuotaWindow } from "../policy/quota.ts";
import type { QuotaRaise } from "../policy/quota-raise.ts";

/** A quota that was exceeded by a call which passed all the same, for the operator. */
export interface ExceededQuota {
  readonly agreement: Agreement["id"];
  readonly window: QuotaWindow["window"];
  readonly quota: number;
  readonly counted: number;
  /** When the window ends, milliseconds. */
  readonly ends: number;
}

export interface QuotaWatch {
  /** Told of each call above a quota that is only watched. */
  exceeded(quota: ExceededQuota): void;
  /** By which an agreement's quota is raised for a while; also some whose time is over. */
  raisesOf(agreement: Agreement["id"]): readonly QuotaRaise[];
}
