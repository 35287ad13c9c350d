import type { ClientId } from "../../core/ids.ts";
import { signStatement } from "../../message/signed-statement.ts";
import type { SoughtPerson } from "../../messagelog/search/sought-person.ts";
import { required } from "../required.ts";
import type { Case, CaseJournal } from "./case-journal.ts";
import type { CaseworkParts } from "./casework-parts.ts";
import {
  type CorrectionEvent,
  type CorrectionNotice,
  type CorrectionRecipient,
  noticeType,
} from "./correction-event.ts";
import type { Parcel } from "./outbox.ts";

const code = "sealway.correction";

type CorrectionCase = Case<CorrectionEvent>;
type Announced = Extract<CorrectionEvent, { event: "announced" }>;

/** What a correction makes this server tell others: that data was wrong, or what it did about it. */
export function correctionParcels(
  one: CorrectionCase,
  journal: CaseJournal<CorrectionEvent>,
  parts: CaseworkParts,
): Parcel[] {
  return [...notices(one, journal, parts), ...outcomes(one, journal, parts)];
}

export function parcelName(what: "notice" | "outcome", id: string, peer: ClientId): string {
  return `${what} ${peer} ${id}`;
}

/** To everybody who was not told yet. */
function notices(one: CorrectionCase, journal: CaseJournal<CorrectionEvent>, parts: CaseworkParts): Parcel[] {
  const announced = one.said("announced");
  if (announced === undefined) return [];
  const { id, own } = one.name;
  const isTold = ({ recipient }: CorrectionRecipient) =>
    one.said("delivered", (event) => event.recipient === recipient) !== undefined;
  const waiting = announced.recipients.filter((to) => !isTold(to));
  return waiting.map((to): Parcel => {
    const { recipient, exchanges } = to;
    const about = exchanges[0]!;
    const told = { event: "delivered", side: "announcer", id, about, own, peer: own, recipient } as const;
    const name = parcelName("notice", id, recipient);
    return {
      ...{ name, client: own, subsystem: recipient, code, path: "/notices" },
      body: () => noticeBody(announced, to, parts),
      delivered: () => journal.note(told),
    };
  });
}

async function noticeBody(
  announced: Announced,
  to: CorrectionRecipient,
  parts: CaseworkParts,
): Promise<object> {
  const { id, own } = announced;
  const subject = await parts.texts.read({ own, id, part: "subject" }, announced.subject);
  const note = await parts.texts.read({ own, id, part: "note" }, announced.note);
  return {
    ...{ about: to.exchanges[0]!, notice: await signNotice(announced, to, parts) },
    ...(subject !== null && { subject: JSON.parse(subject) as SoughtPerson }),
    ...(note !== null && { note }),
  };
}

async function signNotice(
  { instance, time, member, id, own, service, elements, asOf, from, until }: Announced,
  { recipient, exchanges }: CorrectionRecipient,
  { services }: CaseworkParts,
): Promise<string> {
  const parties = { id, discloser: own, recipient, exchanges };
  const data = { service, elements, asOf, from, until };
  const notice: CorrectionNotice = { v: 1, instance, time, ...parties, ...data };
  const { signer } = required(services().seals.get(member));
  return (await signStatement(signer, noticeType, notice)).toString("latin1");
}

/** To the announcer, until it has it. */
function outcomes(
  one: CorrectionCase,
  journal: CaseJournal<CorrectionEvent>,
  { texts }: CaseworkParts,
): Parcel[] {
  const { id, side, own, peer, about } = one.name;
  const answered = one.said("answered");
  if (side !== "recipient" || answered === undefined || one.said("delivered") !== undefined) return [];
  const told = { event: "delivered", side, id, about, own, peer, recipient: own } as const;
  const name = parcelName("outcome", id, peer);
  return [
    {
      ...{ name, client: own, subsystem: peer, code, path: "/outcomes" },
      body: async () => {
        const reason = await texts.read({ own, id, part: "reason" }, answered.reason);
        return { about, id, outcome: answered.outcome, ...(reason !== null && { reason }) };
      },
      delivered: () => journal.note(told),
    },
  ];
}
