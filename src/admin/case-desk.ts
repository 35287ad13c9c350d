import type { Json } from "../core/canonical-json.ts";
import type { NamedPerson } from "./permission-desk.ts";

/** What follows an exchange: reports on its data, notices that data was wrong, inquiries of persons. */
export type CaseKind = "feedback" | "corrections" | "inquiries";

/** A case as one side sees it. */
export interface ToldCase {
  readonly id: string;
  /** The subsystem that is served here. */
  readonly own: string;
  /** Which side of the case that is. */
  readonly side: string;
  /** All of it that names no person. Times are RFC 3339 in UTC. */
  readonly told: Readonly<Record<string, Json>>;
}

/** Which cases a list is of: all, unless told. */
export interface CasesWanted {
  readonly id?: string;
  /** Members, one of which has the subsystem that is served here. */
  readonly members?: ReadonlySet<string>;
  /** Of the page before. */
  readonly cursor?: string;
}

/** A page of a list, newest first; cursor null on the last one. */
export interface CasePage {
  readonly cases: readonly ToldCase[];
  readonly cursor: string | null;
}

export interface FeedbackToSend {
  /** The exchange that brought the data. */
  readonly about: string;
  readonly kind: string;
  /** JSON pointers. */
  readonly fields: readonly string[];
  readonly text: string | undefined;
  /** Members, one of which must have got the data. */
  readonly members: readonly string[];
}

export interface Announcement {
  readonly own: string;
  readonly service: string;
  readonly subject: NamedPerson;
  readonly elements: readonly string[];
  /** Milliseconds, as the two that follow: since when the data is known to be wrong, and when it was disclosed. */
  readonly asOf: number;
  readonly from: number;
  readonly until: number;
  readonly note: string | undefined;
}

/** Cases of members that are hosted here, as the running server keeps them. @throws SealwayError as it says */
export interface CaseDesk {
  list(kind: CaseKind, wanted: CasesWanted): Promise<CasePage>;
  /** What people wrote, and about whom: personal data. */
  texts(kind: CaseKind, one: Pick<ToldCase, "id" | "own">): Promise<Json>;
  /** @returns its id, and by when it is to be answered */
  sendFeedback(report: FeedbackToSend): Promise<{ readonly report: string; readonly due: string }>;
  /** @returns the case as it stands then, as of all acts that follow */
  answerFeedback(id: string, outcome: string, reason: string | undefined): Promise<ToldCase>;
  /** @returns id null where nobody got the data */
  announce(announcement: Announcement): Promise<{ readonly id: string | null; readonly recipients: number }>;
  answerCorrection(
    one: Pick<ToldCase, "id" | "own">,
    outcome: string,
    reason: string | undefined,
  ): Promise<ToldCase>;
  answerInquiry(id: string, text: string): Promise<ToldCase>;
  closeInquiry(id: string): Promise<ToldCase>;
}
