/** What an ordering authority keeps persons from seeing yet. */
export interface WantedRestriction {
  readonly provision: string;
  /** Of the order, in clear: what is signed has a commitment to it. */
  readonly reference: string;
  readonly ground: string;
  readonly consumer: string;
  readonly service: string;
  readonly purpose: string;
  readonly exchanges: readonly string[];
  /** Milliseconds, as `until`, which is null for no end. */
  readonly reviewBy: number;
  readonly until: number | null;
}

/** What an act came to. Times are RFC 3339 in UTC. */
export interface RestrictionDone {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly reviewBy: string;
  /** Opens the commitment to the order's reference; told once. */
  readonly nonce: string | null;
  /** Gateways of the parties, and why one could not be told. */
  readonly deliveries: readonly { readonly server: string; readonly failure: string | null }[];
}

export interface ListedRestriction
  extends Omit<WantedRestriction, "reference" | "reviewBy" | "until">,
    Pick<RestrictionDone, "id" | "revision" | "state" | "reviewBy"> {
  readonly from: string;
  readonly until: string | null;
}

/** Restrictions that an ordering authority whose server this is has ordered. @throws SealwayError as the server says */
export interface RestrictionDesk {
  /** Members that are served here and may order: the server signs for one of them. */
  authorities(): Promise<readonly string[]>;
  list(): Promise<readonly ListedRestriction[]>;
  order(restriction: WantedRestriction): Promise<RestrictionDone>;
  /** Records that it was reviewed and stands. */
  review(id: string, reviewBy: number, until: number | null): Promise<RestrictionDone>;
  lift(id: string): Promise<RestrictionDone>;
}
