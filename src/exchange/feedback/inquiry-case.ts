import type { ClientId } from "../../core/ids.ts";
import type { SoughtTag } from "../../messagelog/search/search-query.ts";
import type { SoughtPerson } from "../../messagelog/search/sought-person.ts";
import type { Case } from "./case-journal.ts";
import type { CaseworkParts } from "./casework-parts.ts";
import type { InquiryEvent } from "./inquiry-event.ts";

/** A portal at which persons sign in, and by which scheme it names them. */
export interface AskingPortal {
  readonly id: ClientId;
  readonly scheme: string;
}

/** Where legal holds are placed; another node of a cluster may be the one that does. */
export interface HoldOffice {
  /** The same case has one hold. @returns its id */
  place(order: {
    readonly case: string;
    readonly exchange: string;
    readonly review: number;
  }): Promise<string>;
  /** A hold that was lifted before is no error. */
  lift(hold: string): Promise<void>;
}

export interface InquiryDeskParts extends CaseworkParts {
  readonly portals: readonly AskingPortal[];
  /** Whom inquiries go to that nobody answers in time; null for nobody. */
  readonly supervisor: ClientId | null;
  readonly holds: HoldOffice;
  /** The tags by which a person is found, however spelled. @param since milliseconds */
  tagsOf(person: SoughtPerson, since: number): Promise<readonly SoughtTag[]>;
  /** Whether the records of an exchange name a person. */
  names(question: { readonly exchangeId: string; readonly tags: readonly SoughtTag[] }): Promise<boolean>;
}

export type InquiryCase = Case<InquiryEvent>;
export type InquiryState = "asked" | "answered" | "escalated" | "closed";

/** How an inquiry stands: by what happened last that changes it. */
export function inquiryState(one: InquiryCase): InquiryState {
  if (one.said("closed") !== undefined) return "closed";
  if (one.said("answered") !== undefined) return "answered";
  return one.said("escalated") !== undefined || one.name.side === "authority" ? "escalated" : "asked";
}

export function addressee({ name }: InquiryCase) {
  const { id, about, own, peer } = name;
  return { id, about, own, peer, side: "addressee" } as const;
}
