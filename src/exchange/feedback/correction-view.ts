import type { ClientId } from "../../core/ids.ts";
import type { SoughtPerson } from "../../messagelog/search/sought-person.ts";
import type { Case } from "./case-journal.ts";
import type { CaseworkParts } from "./casework-parts.ts";
import type { CorrectionDesk } from "./correction-desk.ts";
import {
  type CorrectedData,
  type CorrectionEvent,
  type CorrectionOutcome,
  noticeIn,
} from "./correction-event.ts";
import { parcelName } from "./correction-parcels.ts";

/** What became of a notice at one recipient. */
export interface RecipientView {
  readonly recipient: string;
  readonly exchanges: readonly string[];
  /** How many exchanges there were; a notice names the newest. */
  readonly count: number;
  readonly state: "waiting" | "told" | "overdue" | CorrectionOutcome;
  /** Why it could not be told, or tell, at the last attempt. */
  readonly failure: string | null;
}

/** A correction as an officer of either side sees it; it names no person. */
export interface CorrectionView extends CorrectedData {
  readonly id: string;
  readonly side: "announcer" | "recipient";
  readonly own: string;
  readonly discloser: string;
  readonly time: number;
  readonly due: number;
  readonly recipients: readonly RecipientView[];
}

/** What people wrote, and about whom; null where there is nothing, or it is erased. */
export interface CorrectionTexts {
  readonly subject: SoughtPerson | null;
  readonly note: string | null;
  readonly reasons: readonly { readonly recipient: string; readonly reason: string | null }[];
}

type CorrectionCase = Case<CorrectionEvent>;

/** Corrections of this server: all, oldest first, unless told which. */
export function correctionViews(
  { journal, outbox }: Pick<CorrectionDesk, "journal" | "outbox">,
  { answerWithin, services }: Pick<CaseworkParts, "answerWithin" | "services">,
  cases: readonly CorrectionCase[] = journal.cases,
): CorrectionView[] {
  const now = services().clock.now();
  const view = (one: CorrectionCase): CorrectionView[] => {
    const { id, own, peer } = one.name;
    const [announced, noticed] = [one.said("announced"), one.said("noticed")];
    if (announced !== undefined) {
      const { service, elements, asOf, from, until, time, recipients } = announced;
      const due = time + answerWithin;
      const told = recipients.map(({ recipient, exchanges, count }) => {
        const state = stateOf(one, recipient, due < now);
        return {
          recipient,
          exchanges,
          count,
          state,
          failure: outbox.failureOf(parcelName("notice", id, recipient)),
        };
      });
      const data = { service, elements, asOf, from, until };
      return [{ id, side: "announcer", own, discloser: own, ...data, time, due, recipients: told }];
    }
    if (noticed === undefined) return [];
    const { service, elements, asOf, from, until, exchanges } = noticeIn(noticed.notice);
    const failure = outbox.failureOf(parcelName("outcome", id, peer));
    const state = stateOf(one, own, noticed.due < now, "told");
    const recipients = [{ recipient: own, exchanges, count: exchanges.length, state, failure }];
    const { time, due } = noticed;
    return [
      {
        id,
        side: "recipient",
        own,
        discloser: peer,
        service,
        elements,
        asOf,
        from,
        until,
        time,
        due,
        recipients,
      },
    ];
  };
  return cases.flatMap(view);
}

function stateOf(
  one: CorrectionCase,
  recipient: ClientId,
  isLate: boolean,
  atLeast: "waiting" | "told" = "waiting",
): RecipientView["state"] {
  const answered = one.said("answered", (event) => event.recipient === recipient);
  if (answered !== undefined) return answered.outcome;
  if (isLate) return "overdue";
  return one.said("delivered", (event) => event.recipient === recipient) === undefined ? atLeast : "told";
}

/** What was written in a correction. @throws SealwayError `bad_request` when this server has none of the id */
export async function correctionTexts(
  { journal }: Pick<CorrectionDesk, "journal">,
  { texts }: Pick<CaseworkParts, "texts">,
  { id, side, own }: Pick<CorrectionView, "id" | "side" | "own">,
): Promise<CorrectionTexts> {
  const found = journal.only(id, side, own as ClientId);
  const opened = found.said("announced") ?? found.said("noticed");
  const subject = await texts.read({ own: found.name.own, id, part: "subject" }, opened?.subject);
  const announced = found.said("announced")?.recipients.map(({ recipient }) => recipient) ?? [found.name.own];
  const reasons = announced.map(async (recipient) => {
    const answered = found.said("answered", (event) => event.recipient === recipient);
    return {
      recipient,
      reason: await texts.read({ own: found.name.own, id, part: "reason" }, answered?.reason),
    };
  });
  return {
    subject: subject === null ? null : (JSON.parse(subject) as SoughtPerson),
    note: await texts.read({ own: found.name.own, id, part: "note" }, opened?.note),
    reasons: await Promise.all(reasons),
  };
}
