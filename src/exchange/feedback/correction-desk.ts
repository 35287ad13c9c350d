import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { uuidV7 } from "../../core/uuid.ts";
import { parseStatement } from "../../message/signed-statement.ts";
import type { SoughtTag } from "../../messagelog/search/search-query.ts";
import type { SoughtPerson } from "../../messagelog/search/sought-person.ts";
import type { BuiltInCall } from "../builtin/built-in-client.ts";
import { DenialError } from "../problem.ts";
import { type Case, CaseJournal } from "./case-journal.ts";
import { checkCase, parseCaseBody } from "./case-schemas.ts";
import { alreadyAnswered, type CaseworkParts, checkFlood, isServedHere } from "./casework-parts.ts";
import { checkStatementSeal } from "./check-statement-seal.ts";
import {
  type CorrectedData,
  type CorrectionEvent,
  type CorrectionNotice,
  type CorrectionOutcome,
  correctionForm,
  noticeIn,
  noticeType,
} from "./correction-event.ts";
import { correctionParcels } from "./correction-parcels.ts";
import { type DisclosureDesk, findRecipients, isKnownElement } from "./find-recipients.ts";
import { Outbox } from "./outbox.ts";
import { partOfCaller } from "./party-of-exchange.ts";

/** How long after it was announced a notice is taken, and by how much clocks may differ, milliseconds. */
const noticeLives = 400 * 86_400_000;
const skew = 60_000;

/** What an officer of the discloser announces. */
export interface Announcement extends CorrectedData {
  readonly own: ClientId;
  readonly subject: SoughtPerson;
  readonly note?: string;
}

export interface CorrectionAnswer {
  readonly outcome: CorrectionOutcome;
  readonly reason?: string;
}

export interface CorrectionDeskParts extends CaseworkParts, DisclosureDesk {
  /** The tags by which a person is found, however spelled. @param since milliseconds */
  tagsOf(person: SoughtPerson, since: number): Promise<readonly SoughtTag[]>;
}

type CorrectionCase = Case<CorrectionEvent>;

/** Notices that data was wrong, from its discloser to everybody who got it, and what these did about it (GDPR Art. 19). */
export class CorrectionDesk {
  readonly #parts: CorrectionDeskParts;
  readonly journal: CaseJournal<CorrectionEvent>;
  readonly outbox: Outbox;

  constructor(parts: CorrectionDeskParts) {
    this.#parts = parts;
    this.journal = new CaseJournal(parts.journal, correctionForm);
    const parcels = () => this.journal.cases.flatMap((one) => correctionParcels(one, this.journal, parts));
    this.outbox = new Outbox({ ...parts, parcels });
  }

  /**
   * Announces a correction: one statement names all recipients, who are told by and by.
   * @returns its id, null when nobody got the data
   * @throws SealwayError `bad_request`
   */
  async announce(
    announcement: Announcement,
  ): Promise<{ readonly id: string | null; readonly recipients: number }> {
    const services = this.#parts.services();
    const { own, subject, note, ...data } = announcement;
    const now = services.clock.now();
    if (!isServedHere(services, own))
      throw new SealwayError("bad_request", `${own} is not served by this security server`);
    if (data.elements.some((element) => !isKnownElement(services.trust(), data.service, element)))
      throw new SealwayError("bad_request", "an element is none of the vocabulary, nor of the service");
    if (data.from >= data.until) throw new SealwayError("bad_request", "the period ends before it begins");
    const tags = await this.#parts.tagsOf(subject, data.from);
    const recipients = await findRecipients(services, this.#parts, own, data, tags);
    const about = recipients[0]?.exchanges[0];
    if (about === undefined) return { id: null, recipients: 0 };
    const id = uuidV7(now);
    const { texts } = this.#parts;
    await this.journal.note({
      ...{ event: "announced", side: "announcer", id, about, own, peer: own, recipients, ...data },
      subject: await texts.protect({ own, id, part: "subject" }, JSON.stringify(subject), now),
      note: note === undefined ? null : await texts.protect({ own, id, part: "note" }, note, now),
    });
    return { id, recipients: recipients.length };
  }

  /** Takes a notice. @throws DenialError `builtin.party`; SealwayError `malformed_statement`, `certificate_…` */
  async take(call: BuiltInCall): Promise<object> {
    const telling = parseCaseBody<Telling>("telling", call.body);
    const { client: peer, subsystem: own } = call;
    const { about } = telling;
    await partOfCaller(this.#parts.services(), about, call, (part) => {
      return part.side === "recipient" && part.own === own && part.peer === peer && part.state === "response";
    });
    const notice = this.#checkNotice(telling, call);
    const { id } = notice;
    return this.journal.inTurn(async () => {
      const known = this.journal.at({ id, side: "recipient", own, peer })?.said("noticed");
      if (known !== undefined) {
        const before = noticeIn(known.notice);
        if (!isSameNotice(before, notice))
          throw new SealwayError("invalid_body", "another notice has this id");
        return { id, due: known.due };
      }
      checkFlood(this.journal.cases, call, (one) => {
        return one.name.side === "recipient" && one.said("answered") === undefined;
      });
      const now = this.#parts.services().clock.now();
      const due = now + this.#parts.answerWithin;
      const { subject, note } = telling;
      const protect = async (part: "subject" | "note", text: string | undefined) =>
        text === undefined ? null : this.#parts.texts.protect({ own, id, part }, text, now);
      await this.journal.note({
        ...{ event: "noticed", side: "recipient", id, about, own, peer, due, notice: telling.notice },
        subject: await protect("subject", subject && JSON.stringify(subject)),
        note: await protect("note", note),
      });
      return { id, due };
    });
  }

  /**
   * Says what this side did about a notice; its announcer is told by and by.
   * @param who which subsystem, where several of this server were told
   * @throws SealwayError `bad_request`, `already_answered`
   */
  answer(id: string, answer: CorrectionAnswer, who?: ClientId): Promise<CorrectionCase> {
    return this.journal.inTurn(async () => {
      const found = this.journal.only(id, "recipient", who);
      const { own } = found.name;
      checkReason(answer, "bad_request");
      if (found.said("answered") !== undefined) throw alreadyAnswered();
      await this.#noteAnswer(found.name, own, answer);
      return found;
    });
  }

  /** Takes what a recipient did. @throws DenialError `builtin.party`; SealwayError `already_answered` */
  takeOutcome(call: BuiltInCall): Promise<object> {
    const { about, id, ...answer } = parseCaseBody<CorrectionAnswer & { about: string; id: string }>(
      "outcome",
      call.body,
    );
    checkReason(answer, "invalid_body");
    const { client: recipient, subsystem: own } = call;
    return this.journal.inTurn(async () => {
      const found = this.journal.at({ id, side: "announcer", own, peer: own });
      const told = found?.said("announced")?.recipients.find((one) => one.recipient === recipient);
      if (found === undefined || told?.exchanges[0] !== about) throw unknownNotice();
      const before = found.said("answered", (event) => event.recipient === recipient);
      if (before === undefined) await this.#noteAnswer(found.name, recipient, answer);
      else {
        const reason = await this.#parts.texts.read({ own, id, part: "reason" }, before.reason);
        if (before.outcome !== answer.outcome || reason !== (answer.reason ?? null)) throw alreadyAnswered();
      }
      return { id };
    });
  }

  async #noteAnswer(
    { id, side, own, peer, about }: CorrectionCase["name"],
    recipient: ClientId,
    { outcome, reason }: CorrectionAnswer,
  ): Promise<void> {
    const { texts, services } = this.#parts;
    const now = services().clock.now();
    await this.journal.note({
      ...{
        event: "answered",
        side: side as "announcer" | "recipient",
        id,
        own,
        peer,
        about,
        recipient,
        outcome,
      },
      reason: reason === undefined ? null : await texts.protect({ own, id, part: "reason" }, reason, now),
    });
  }

  #checkNotice({ about, notice }: Telling, { client, subsystem }: BuiltInCall): CorrectionNotice {
    const services = this.#parts.services();
    const { payload, certificate } = parseStatement<CorrectionNotice>(
      Buffer.from(notice, "latin1"),
      noticeType,
    );
    checkCase("notice", payload, "malformed_statement");
    checkStatementSeal(services, certificate, client);
    const { instance } = services.trust().configuration.parameters;
    const age = services.clock.now() - payload.time;
    const isForUs =
      payload.instance === instance && payload.discloser === client && payload.recipient === subsystem;
    if (!isForUs || payload.exchanges[0] !== about || age < -skew || age > noticeLives)
      throw new SealwayError(
        "malformed_statement",
        "the notice is for others, about another exchange, or too old",
      );
    return payload;
  }
}

interface Telling {
  readonly about: CorrectionNotice["exchanges"][number];
  readonly notice: string;
  readonly subject?: SoughtPerson;
  readonly note?: string;
}

function isSameNotice(
  { time: _, ...one }: CorrectionNotice,
  { time: __, ...other }: CorrectionNotice,
): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whoever does not hold what it got, or thinks otherwise, says why. */
function checkReason({ outcome, reason }: CorrectionAnswer, error: "invalid_body" | "bad_request"): void {
  if (outcome === "disagree" && reason === undefined) throw new SealwayError(error, "who disagrees says why");
}

function unknownNotice(): DenialError {
  return new DenialError(
    "access_denied",
    "builtin.party",
    "no notice of this id went from the member asked to the member that asks",
  );
}
