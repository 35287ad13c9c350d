import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ExchangeId } from "../../core/ids.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { BuiltInCall } from "../builtin/built-in-client.ts";
import { callPeer } from "../builtin/call-peer.ts";
import { required } from "../required.ts";
import { type Case, CaseJournal } from "./case-journal.ts";
import { checkCase, parseCaseBody } from "./case-schemas.ts";
import { alreadyAnswered, type CaseworkParts, checkFlood } from "./casework-parts.ts";
import { describesPointer } from "./disclosed-fields.ts";
import {
  type FeedbackEvent,
  type FeedbackKind,
  type FeedbackOutcome,
  feedbackForm,
} from "./feedback-event.ts";
import { Outbox, type Parcel } from "./outbox.ts";
import { type ExchangeSide, partOfCaller, sidesOfExchange } from "./party-of-exchange.ts";
import type { ProtectedText } from "./protected-text.ts";

const code = "sealway.feedback";

/** What the recipient of data says about it. */
export interface FeedbackReport {
  readonly about: ExchangeId;
  readonly kind: FeedbackKind;
  readonly fields: readonly string[];
  readonly text?: string;
}

export interface FeedbackAnswer {
  readonly outcome: FeedbackOutcome;
  readonly reason?: string;
}

/** A report as an officer of either side sees it. */
export interface FeedbackView {
  readonly report: string;
  readonly about: string;
  readonly side: "reporter" | "receiver";
  readonly own: string;
  readonly peer: string;
  readonly state: "open" | "overdue" | "answered";
  /** Null on the reporter's side for a report that an information system made itself. */
  readonly kind: FeedbackKind | null;
  readonly fields: readonly string[];
  readonly due: number | null;
  readonly outcome: FeedbackOutcome | null;
  /** Whether the reporter's server has the answer. */
  readonly delivered: boolean;
  /** Why it had not at the last attempt. */
  readonly failure: string | null;
}

/** What people wrote; null where they wrote nothing, or it is erased. */
export interface FeedbackTexts {
  readonly text: string | null;
  readonly reason: string | null;
}

type FeedbackCase = Case<FeedbackEvent>;

/** Reports on data that an exchange disclosed, from its recipient to its discloser, and their answers. */
export class FeedbackDesk {
  readonly #parts: CaseworkParts;
  readonly journal: CaseJournal<FeedbackEvent>;
  readonly outbox: Outbox;

  constructor(parts: CaseworkParts) {
    this.#parts = parts;
    this.journal = new CaseJournal(parts.journal, feedbackForm);
    const parcels = () => this.journal.cases.flatMap((one) => this.#parcelOf(one));
    this.outbox = new Outbox({ ...parts, parcels });
  }

  /**
   * Sends a report in the name of the subsystem that got the data.
   * @param isMeant whether it may be this subsystem
   * @returns its id: that of the exchange by which it went
   * @throws SealwayError `bad_request` when this server got nothing in the exchange; as `callPeer`
   */
  async send(
    report: FeedbackReport,
    isMeant: (own: ClientId) => boolean,
  ): Promise<{ readonly report: string; readonly due: number }> {
    checkCase("report", report, "bad_request");
    const services = this.#parts.services();
    const parts = await sidesOfExchange(services, report.about);
    const part = parts.find(
      ({ own, side, state }) => side === "recipient" && state === "response" && isMeant(own),
    );
    if (part === undefined)
      throw new SealwayError("bad_request", "no data was disclosed to this server in an exchange of this id");
    const { own, peer } = part;
    checkFields(services, part, report, "bad_request");
    const bytes = await callPeer(services, {
      ...{ client: own, subsystem: peer, code, path: "/reports" },
      body: report,
    });
    const taken = parseStrictJson(bytes, "invalid_response") as { readonly id: string; readonly due: number };
    checkCase("report taken", taken, "invalid_response");
    const { about, kind, fields, text } = report;
    await this.journal.note({
      ...{
        event: "reported",
        side: "reporter",
        id: taken.id,
        about,
        own,
        peer,
        kind,
        fields,
        due: taken.due,
      },
      text: await this.#protect(own, taken.id, "text", text),
    });
    return { report: taken.id, due: taken.due };
  }

  /** Takes a report of the subsystem that got the data. @throws DenialError `builtin.party`; SealwayError */
  async take(call: BuiltInCall): Promise<object> {
    const report = parseCaseBody<FeedbackReport>("report", call.body);
    const services = this.#parts.services();
    const part = await partOfCaller(
      services,
      report.about,
      call,
      ({ side, state }) => side === "discloser" && state === "response",
    );
    checkFields(services, part, report, "invalid_body");
    const { client: peer, subsystem: own, exchange: id } = call;
    return this.journal.inTurn(async () => {
      const known = this.journal.at({ id, side: "receiver", own, peer })?.said("reported");
      if (known !== undefined) return { id, due: known.due };
      checkFlood(this.journal.cases, call, (one) => {
        return one.name.side === "receiver" && one.said("answered") === undefined;
      });
      const due = services.clock.now() + this.#parts.answerWithin;
      const { about, kind, fields, text } = report;
      await this.journal.note({
        ...{ event: "reported", side: "receiver", id, about, own, peer, kind, fields, due },
        text: await this.#protect(own, id, "text", text),
      });
      return { id, due };
    });
  }

  /**
   * Answers a report that came to this server; the reporter is told by and by.
   * @returns the case as it is then
   * @throws SealwayError `bad_request`, `already_answered`
   */
  answer(report: string, answer: FeedbackAnswer): Promise<FeedbackCase> {
    return this.journal.inTurn(async () => {
      const found = this.journal.only(report, "receiver");
      checkReason(answer, "bad_request");
      if (found.said("answered") !== undefined) throw alreadyAnswered();
      await this.#noteAnswer(found.name, answer);
      return found;
    });
  }

  /** Takes the answer to a report of this side. @throws DenialError `builtin.party`; SealwayError `already_answered` */
  async takeAnswer(call: BuiltInCall): Promise<object> {
    const answer = parseCaseBody<FeedbackAnswer & { about: ExchangeId }>("answer to a report", call.body);
    checkReason(answer, "invalid_body");
    const { client: peer, subsystem: own } = call;
    const { about: id } = answer;
    // The report itself is the exchange; of one that an information system made nothing else is known here.
    const { about: reported } = await partOfCaller(this.#parts.services(), id, call, (part) => {
      const isReport = part.service.id === `${peer}/${code}` && part.endpoint?.template === "/reports";
      return isReport && part.role === "consumer" && part.own === own;
    });
    return this.journal.inTurn(async () => {
      const name = { id, side: "reporter", own, peer } as const;
      const before = this.journal.at(name)?.said("answered");
      if (before === undefined) await this.#noteAnswer({ ...name, about: required(reported) }, answer);
      else await this.#checkSame(before, answer);
      return { id };
    });
  }

  /** Reports as officers see them: all, oldest first, unless told which. */
  list(cases: readonly FeedbackCase[] = this.journal.cases): readonly FeedbackView[] {
    return cases.map((one) => this.#viewOf(one));
  }

  async textsOf(report: string): Promise<FeedbackTexts> {
    const found = this.journal.cases.find(({ name }) => name.id === report);
    const { own, id } = found?.name ?? this.journal.only(report, "receiver").name;
    const { texts } = this.#parts;
    return {
      text: await texts.read({ own, id, part: "text" }, found?.said("reported")?.text),
      reason: await texts.read({ own, id, part: "reason" }, found?.said("answered")?.reason),
    };
  }

  async #noteAnswer(name: FeedbackCase["name"], { outcome, reason }: FeedbackAnswer): Promise<void> {
    const { own, id } = name;
    const kept = await this.#protect(own, id, "reason", reason);
    const side = name.side as "reporter" | "receiver";
    await this.journal.note({ ...name, side, event: "answered", outcome, reason: kept });
  }

  async #checkSame(
    before: Extract<FeedbackEvent, { event: "answered" }>,
    { outcome, reason }: FeedbackAnswer,
  ): Promise<void> {
    const { own, id } = before;
    const known = await this.#parts.texts.read({ own, id, part: "reason" }, before.reason);
    if (before.outcome !== outcome || known !== (reason ?? null)) throw alreadyAnswered();
  }

  async #protect(
    own: FeedbackCase["name"]["own"],
    id: string,
    part: "text" | "reason",
    text: string | undefined,
  ): Promise<ProtectedText | null> {
    if (text === undefined) return null;
    return this.#parts.texts.protect({ own, id, part }, text, this.#parts.services().clock.now());
  }

  #parcelOf(one: FeedbackCase): Parcel[] {
    const { id, side, own, peer, about } = one.name;
    const answered = one.said("answered");
    if (side !== "receiver" || answered === undefined || one.said("delivered") !== undefined) return [];
    return [
      {
        ...{ name: parcelName(one), client: own, subsystem: peer, code, path: "/answers" },
        body: async () => {
          const reason = await this.#parts.texts.read({ own, id, part: "reason" }, answered.reason);
          return { about: id, outcome: answered.outcome, ...(reason !== null && { reason }) };
        },
        delivered: () => this.journal.note({ event: "delivered", side: "receiver", id, about, own, peer }),
      },
    ];
  }

  #viewOf(one: FeedbackCase): FeedbackView {
    const { id, side, own, peer, about } = one.name;
    const [reported, answered] = [one.said("reported"), one.said("answered")];
    const isLate = reported !== undefined && reported.due < this.#parts.services().clock.now();
    return {
      ...{ report: id, about, side: side as FeedbackView["side"], own, peer },
      state: answered !== undefined ? "answered" : isLate ? "overdue" : "open",
      ...{ kind: reported?.kind ?? null, fields: reported?.fields ?? [], due: reported?.due ?? null },
      outcome: answered?.outcome ?? null,
      delivered: side === "reporter" || one.said("delivered") !== undefined,
      failure: this.outbox.failureOf(parcelName(one)),
    };
  }
}

function parcelName({ name: { id, peer } }: FeedbackCase): string {
  return `feedback ${peer} ${id}`;
}

/** A pointer that leads to no described field could be anything, a person's name too. */
function checkFields(
  { trust }: ReturnType<CaseworkParts["services"]>,
  { service }: ExchangeSide,
  { fields }: FeedbackReport,
  error: "invalid_body" | "bad_request",
): void {
  const description = trust().catalogue.byDigest(service.sha256 ?? "");
  const wrong = fields.findIndex(
    (pointer) => description === undefined || !describesPointer(description, pointer),
  );
  if (wrong >= 0) throw new SealwayError(error, `fields/${wrong} is no field of what the service discloses`);
}

/** @throws SealwayError when nothing is said of why, or to whom */
function checkReason({ outcome, reason }: FeedbackAnswer, error: "invalid_body" | "bad_request"): void {
  if (outcome !== "corrected" && reason === undefined)
    throw new SealwayError(error, `${outcome} needs a reason: why, or to whom`);
}
