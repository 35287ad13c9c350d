import { SealwayError } from "../../core/errors.ts";
import type { ExchangeId } from "../../core/ids.ts";
import { uuidV7Time } from "../../core/uuid.ts";
import type { SoughtPerson } from "../../messagelog/search/sought-person.ts";
import type { BuiltInCall } from "../builtin/built-in-client.ts";
import { DenialError } from "../problem.ts";
import { CaseJournal } from "./case-journal.ts";
import { parseCaseBody } from "./case-schemas.ts";
import { alreadyAnswered, checkFlood } from "./casework-parts.ts";
import { addressee, type InquiryCase, type InquiryDeskParts, inquiryState } from "./inquiry-case.ts";
import { type InquiryEvent, inquiryForm } from "./inquiry-event.ts";
import { inquiryParcels } from "./inquiry-parcels.ts";
import { Outbox } from "./outbox.ts";
import { type ExchangeSide, partOfCaller, sidesOfExchange } from "./party-of-exchange.ts";

type Text = { readonly about: ExchangeId; readonly text: string };

/** Of one exchange no more inquiries are open at a time. */
const mostOfExchange = 5;
/** A hold is looked at again when the inquiry should be over, milliseconds after its due date. */
const reviewAfter = 90 * 86_400_000;

/** A person's inquiries about an exchange: from a portal to the party asked, and what they set going. */
export class InquiryDesk {
  readonly #parts: InquiryDeskParts;
  readonly journal: CaseJournal<InquiryEvent>;
  readonly outbox: Outbox;

  constructor(parts: InquiryDeskParts) {
    this.#parts = parts;
    this.journal = new CaseJournal(parts.journal, inquiryForm);
    const parcels = () => this.journal.cases.flatMap((one) => inquiryParcels(one, this.journal, parts));
    this.outbox = new Outbox({ ...parts, parcels });
  }

  /** Takes an inquiry of a portal. @throws DenialError, for an exchange that does not name the person as for none */
  async take(call: BuiltInCall): Promise<object> {
    const person = this.#personOf(call);
    const { about, text } = parseCaseBody<Text>("question", call.body);
    const services = this.#parts.services();
    const { subsystem: own, client: portal, exchange: id } = call;
    const part = (await sidesOfExchange(services, about)).find((one) => one.own === own);
    const tags = await this.#parts.tagsOf(person, part?.time ?? uuidV7Time(about));
    const isNamed = await this.#parts.names({ exchangeId: about, tags });
    if (part === undefined || !isNamed || this.#isRestricted(part, about)) throw unknownExchange();
    return this.journal.inTurn(async () => {
      this.#checkFlood(call, about);
      const now = services.clock.now();
      const due = now + this.#parts.answerWithin;
      const { texts } = this.#parts;
      await this.journal.note({
        ...{ event: "asked", side: "addressee", id, about, own, peer: part.peer, portal, due },
        person: await texts.protect({ own, id, part: "person" }, JSON.stringify(person), now),
        text: await texts.protect({ own, id, part: "text" }, text, now),
      });
      return { id, state: "asked", due, answer: null };
    });
  }

  /** Tells the portal that asked how an inquiry stands. @throws DenialError, for an inquiry of others as for none */
  async tell(call: BuiltInCall): Promise<object> {
    const person = this.#personOf(call);
    const { about: id } = parseCaseBody<Pick<Text, "about">>("view", call.body);
    const own = call.subsystem;
    const found = this.journal.cases.find(({ name }) => {
      return name.id === id && name.own === own && name.side === "addressee";
    });
    const asked = found?.said("asked");
    const { texts } = this.#parts;
    const asker = await texts.read({ own, id, part: "person" }, asked?.person);
    if (found === undefined || asked?.portal !== call.client || asker !== JSON.stringify(person))
      throw unknownExchange();
    const answer = await texts.read({ own, id, part: "answer" }, found.said("answered")?.text);
    return { id, state: inquiryState(found), due: asked.due, answer };
  }

  /** Takes the request of the other party of an exchange to keep its records, or to keep them no longer. */
  async takeHold(call: BuiltInCall, what: "hold" | "release"): Promise<object> {
    const { about, id } = parseCaseBody<{ about: ExchangeId; id: string }>("hold", call.body);
    const { client: peer, subsystem: own } = call;
    await partOfCaller(this.#parts.services(), about, call, (part) => part.own === own && part.peer === peer);
    const name = { id, side: "other", own, peer, about } as const;
    if (what === "hold") await this.#holdForOther(name, call);
    else await this.#releaseForOther(name);
    return { id };
  }

  /** Takes an inquiry that nobody answered in time, as the supervisory authority. */
  takeEscalation(call: BuiltInCall): Promise<object> {
    const { about, id, text, asked, due } = parseCaseBody<
      Text & { readonly id: string; readonly asked: number; readonly due: number }
    >("escalation", call.body);
    const { client: peer, subsystem: own } = call;
    return this.journal.inTurn(async () => {
      if (this.journal.at({ id, side: "authority", own, peer }) !== undefined) return { id };
      checkFlood(this.journal.cases, call, (one) => {
        return one.name.side === "authority" && one.said("closed") === undefined;
      });
      const { services, texts } = this.#parts;
      const kept = await texts.protect({ own, id, part: "text" }, text, services().clock.now());
      await this.journal.note({
        event: "received",
        side: "authority",
        id,
        about,
        own,
        peer,
        text: kept,
        asked,
        due,
      });
      return { id };
    });
  }

  /**
   * Answers an inquiry to this server.
   * @returns the case as it is then
   * @throws SealwayError `bad_request`, `already_answered`
   */
  answer(id: string, text: string): Promise<InquiryCase> {
    return this.journal.inTurn(async () => {
      const found = this.journal.only(id, "addressee");
      if (found.said("answered") !== undefined || found.said("closed") !== undefined) throw alreadyAnswered();
      const { services, texts } = this.#parts;
      const { own } = found.name;
      const kept = await texts.protect({ own, id, part: "answer" }, text, services().clock.now());
      await this.journal.note({ ...addressee(found), event: "answered", text: kept });
      return found;
    });
  }

  /**
   * Ends an inquiry; the records' legal holds are lifted by and by.
   * @returns the case as it is then
   * @throws SealwayError `bad_request`
   */
  close(id: string): Promise<InquiryCase> {
    return this.journal.inTurn(async () => {
      const isAuthority = this.journal.cases.some(({ name }) => name.id === id && name.side === "authority");
      const found = this.journal.only(id, isAuthority ? "authority" : "addressee");
      if (found.said("closed") !== undefined) return found;
      if (inquiryState(found) === "asked")
        throw new SealwayError("bad_request", "an inquiry is answered, or escalated, before it is closed");
      const { own, peer, about, side } = found.name;
      await this.journal.note({
        event: "closed",
        side: side as "addressee" | "authority",
        id,
        about,
        own,
        peer,
      });
      return found;
    });
  }

  /** Places and lifts the holds that are due here. @throws SealwayError of the first that fails; the rest is done */
  async attend(): Promise<void> {
    const failures: unknown[] = [];
    for (const one of this.journal.cases) {
      if (one.name.side === "addressee") await this.#attend(one).catch((error) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #attend(one: InquiryCase): Promise<void> {
    const { id, about } = one.name;
    const [held, closed] = [one.said("held"), one.said("closed")];
    const asked = one.said("asked");
    if (closed === undefined && held === undefined && asked !== undefined) {
      const hold = await this.#place(id, about, asked.due);
      await this.journal.note({ ...addressee(one), event: "held", hold });
    } else if (closed !== undefined && held !== undefined && one.said("released") === undefined) {
      await this.#parts.holds.lift(held.hold);
      await this.journal.note({ ...addressee(one), event: "released" });
    }
  }

  #place(id: string, exchange: string, due: number): Promise<string> {
    return this.#parts.holds.place({ case: `inquiry ${id}`, exchange, review: due + reviewAfter });
  }

  #holdForOther(name: InquiryCase["name"] & { readonly side: "other" }, call: BuiltInCall): Promise<void> {
    return this.journal.inTurn(async () => {
      if (this.journal.at(name) !== undefined) return;
      checkFlood(this.journal.cases, call, (one) => {
        return one.name.side === "other" && one.said("closed") === undefined;
      });
      const { services, answerWithin } = this.#parts;
      const hold = await this.#place(name.id, name.about, services().clock.now() + answerWithin);
      await this.journal.note({ ...name, event: "held", hold });
    });
  }

  #releaseForOther(name: InquiryCase["name"] & { readonly side: "other" }): Promise<void> {
    return this.journal.inTurn(async () => {
      const found = this.journal.at(name);
      const held = found?.said("held");
      if (found === undefined || held === undefined) return;
      if (found.said("closed") === undefined) await this.journal.note({ ...name, event: "closed" });
      if (found.said("released") !== undefined) return;
      await this.#parts.holds.lift(held.hold);
      await this.journal.note({ ...name, event: "released" });
    });
  }

  #isRestricted({ client, service, purpose, time }: ExchangeSide, exchangeId: ExchangeId): boolean {
    const { clock, restrictions } = this.#parts.services();
    const facts = { exchangeId, consumer: client, service: service.id, purpose, time };
    return restrictions.covering(facts, clock.now()) !== undefined;
  }

  /** Who is signed in at the portal that calls, as the call names him in its signed user. */
  #personOf({ client, userId }: BuiltInCall): SoughtPerson {
    const portal = this.#parts.portals.find(({ id }) => id === client);
    if (portal === undefined)
      throw new DenialError(
        "access_denied",
        "inquiry.portal",
        "only a portal of this server's configuration asks",
      );
    if (userId === undefined)
      throw new SealwayError("missing_header_field", "X-Road-UserId is missing: the person who is signed in");
    const { scheme } = portal;
    const value = this.#parts.services().trust().vocabulary.normalise(scheme, userId);
    if (value === undefined)
      throw new SealwayError("subject_malformed", `X-Road-UserId is no identifier of ${scheme}`);
    return { scheme, value };
  }

  #checkFlood(call: BuiltInCall, about: string): void {
    const isOpen = (one: InquiryCase) => one.name.side === "addressee" && one.said("closed") === undefined;
    const ofExchange = this.journal.cases.filter((one) => isOpen(one) && one.name.about === about);
    if (ofExchange.length >= mostOfExchange)
      throw new SealwayError("too_many_open", "as many inquiries about this exchange are open as are taken");
    checkFlood(this.journal.cases, call, isOpen);
  }
}

function unknownExchange(): DenialError {
  return new DenialError(
    "access_denied",
    "builtin.party",
    "there is nothing of this id about this person here",
  );
}
