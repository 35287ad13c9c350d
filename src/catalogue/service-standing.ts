/** Where a published version stands in its life. Archived versions answer no calls. */
export type LifeState = "published" | "deprecated" | "suspended" | "archived";

/** What was declared of a published version since it was published. Times are milliseconds since the epoch. */
export interface ServiceStanding {
  readonly state: LifeState;
  /** When the authority took its publication; undefined for what no act published, as in a demonstration. */
  readonly publishedAt: number | undefined;
  /** Told on every call of a deprecated version: since when, and from when it may end (RFC 9745, RFC 8594). */
  readonly deprecation: { readonly since: number; readonly sunset: number } | undefined;
  /** While it is suspended: since when, and why, in its provider's words. */
  readonly suspension: { readonly since: number; readonly reason: string } | undefined;
  /** Fields of answers that were withdrawn at once: JSON pointers in which `*` stands for every element. */
  readonly withdrawnFields: readonly string[];
  /** Until when an answer that breaks its schema is delivered all the same, although the description enforces it. */
  readonly observedUntil: number | undefined;
}

/** Of a version of which nothing was declared. */
export const ordinaryStanding: ServiceStanding = {
  state: "published",
  publishedAt: undefined,
  deprecation: undefined,
  suspension: undefined,
  withdrawnFields: [],
  observedUntil: undefined,
};
