import type { SoughtPerson } from "../../messagelog/search/sought-person.ts";
import type { CaseworkParts } from "./casework-parts.ts";
import { type InquiryCase, type InquiryState, inquiryState } from "./inquiry-case.ts";
import type { InquiryDesk } from "./inquiry-desk.ts";
import type { InquirySide } from "./inquiry-event.ts";

/** An inquiry as an officer sees it; it names no person. */
export interface InquiryView {
  readonly id: string;
  readonly about: string;
  readonly side: InquirySide;
  readonly own: string;
  /** The other party of the exchange; who escalated it, at the supervisory authority. */
  readonly peer: string;
  readonly state: InquiryState;
  readonly time: number;
  readonly due: number | null;
  /** It is not answered in time. */
  readonly isLate: boolean;
  /** The legal hold on the exchange's records here, while it lasts. */
  readonly hold: string | null;
}

/** What was written, and by whom; null where there is nothing, or it is erased. */
export interface InquiryTexts {
  readonly person: SoughtPerson | null;
  readonly text: string | null;
  readonly answer: string | null;
}

/** Inquiries of this server: all, oldest first, unless told which. */
export function inquiryViews(
  { journal }: Pick<InquiryDesk, "journal">,
  { services }: Pick<CaseworkParts, "services">,
  cases: readonly InquiryCase[] = journal.cases,
): InquiryView[] {
  const now = services().clock.now();
  return cases.map((one) => {
    const { id, about, side, own, peer } = one.name;
    const state = inquiryState(one);
    const due = (one.said("asked") ?? one.said("received"))?.due ?? null;
    const isOpen = state !== "closed" && one.said("answered") === undefined;
    return {
      ...{ id, about, side: side as InquirySide, own, peer, state, time: one.opened.time, due },
      isLate: side === "addressee" && isOpen && due !== null && due < now,
      hold: one.said("released") === undefined ? (one.said("held")?.hold ?? null) : null,
    };
  });
}

/** What was written in an inquiry. @throws SealwayError `bad_request` when this server has none of the id */
export async function inquiryTexts(
  { journal }: Pick<InquiryDesk, "journal">,
  { texts }: Pick<CaseworkParts, "texts">,
  id: string,
): Promise<InquiryTexts> {
  const side = journal.cases.find(({ name }) => name.id === id && name.side !== "other")?.name.side;
  const found = journal.only(id, side ?? "addressee");
  const { own } = found.name;
  const read = (part: "person" | "text" | "answer", text: Parameters<typeof texts.read>[1]) =>
    texts.read({ own, id, part }, text);
  const asked = found.said("asked");
  const person = await read("person", asked?.person);
  return {
    person: person === null ? null : (JSON.parse(person) as SoughtPerson),
    text: await read("text", (asked ?? found.said("received"))?.text),
    answer: await read("answer", found.said("answered")?.text),
  };
}
