import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ExchangeId, MemberId } from "../../core/ids.ts";
import { memberOf } from "../../core/ids.ts";
import {
  parseStatement,
  type StatementPayload,
  type StatementType,
  signStatement,
} from "../../message/signed-statement.ts";
import type { ContextDocument, ContextKind } from "../../messagelog/message-record.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { required } from "../required.ts";
import { type CaseSchema, checkCase } from "./case-schemas.ts";

/** Something that one side of a case knows, as it is kept. */
export interface CaseEvent extends StatementPayload {
  readonly v: 1;
  readonly member: MemberId;
  readonly event: string;
  /** Of the case; whoever opened it chose it. */
  readonly id: string;
  /** The exchange that it is about. */
  readonly about: ExchangeId;
  readonly side: string;
  readonly own: ClientId;
  readonly peer: ClientId;
}

/** Which case an event belongs to: two members may choose the same id. */
export type CaseName = Pick<CaseEvent, "id" | "side" | "own" | "peer">;

type Named<Event extends CaseEvent, Name extends Event["event"]> = Extract<Event, { event: Name }>;
/** An event before it is signed. */
export type Said<Event extends CaseEvent> = Event extends unknown
  ? { readonly [Name in keyof Event as Exclude<Name, keyof Signed | number>]: Event[Name] }
  : never;
type Signed = Pick<CaseEvent, "v" | "instance" | "time" | "member">;

/** One case on one side, as its events tell it. */
export class Case<Event extends CaseEvent> {
  readonly #events: Event[] = [];

  get opened(): Event {
    return required(this.#events[0]);
  }

  get name(): CaseName & Pick<CaseEvent, "about"> {
    const { id, side, own, peer, about } = this.opened;
    return { id, side, own, peer, about };
  }

  /** The first event of a name: a later one changes nothing. */
  said<Name extends Event["event"]>(
    name: Name,
    where: (event: Named<Event, Name>) => boolean = () => true,
  ): Named<Event, Name> | undefined {
    const events = this.#events.filter((event) => event.event === name) as Named<Event, Name>[];
    return events.find(where);
  }

  add(event: Event): void {
    this.#events.push(event);
  }
}

/** How the events of one kind of case are kept. */
export interface CaseForm {
  readonly kind: Extract<ContextKind, "feedback" | "correction" | "inquiry">;
  readonly typ: StatementType;
  readonly schema: CaseSchema;
}

export interface JournalParts {
  services(): GatewayServices;
  /** Of this server's log, oldest first. */
  documents(kind: ContextKind): Promise<readonly ContextDocument[]>;
  /** Whether other nodes write the same log. */
  readonly isShared: boolean;
}

/** The cases of one kind: each event is signed and durable before it counts. */
export class CaseJournal<Event extends CaseEvent> {
  readonly #parts: JournalParts;
  readonly #form: CaseForm;
  readonly #cases = new Map<string, Case<Event>>();
  readonly #seen = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: JournalParts, form: CaseForm) {
    this.#parts = parts;
    this.#form = form;
  }

  /** Reads what the log has and this journal not. @throws SealwayError `log_unavailable`, `malformed_statement` */
  async load(): Promise<void> {
    for (const { sha256, bytes } of await this.#parts.documents(this.#form.kind)) {
      if (this.#seen.has(sha256)) continue;
      const { payload } = parseStatement<Event>(bytes, this.#form.typ);
      checkCase(this.#form.schema, payload, "malformed_statement");
      this.#take(sha256, payload);
    }
  }

  /** Oldest first. */
  get cases(): readonly Case<Event>[] {
    return [...this.#cases.values()];
  }

  at(name: CaseName): Case<Event> | undefined {
    return this.#cases.get(keyOf(name));
  }

  /**
   * The case that people name by its id.
   * @param own subsystem on this side; any unless told
   * @throws SealwayError `bad_request` when there is none, or more than one
   */
  only(id: string, side: string, own?: ClientId): Case<Event> {
    const found = this.cases.filter(
      ({ name }) => name.id === id && name.side === side && (own ?? name.own) === name.own,
    );
    if (found.length === 1) return found[0]!;
    const what =
      found.length === 0
        ? "there is no such case here"
        : "several subsystems have a case of this id: name one";
    throw new SealwayError("bad_request", what);
  }

  /** Does one thing after the other: what it finds is still so when it says what follows. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#queue.then(async () => {
      if (this.#parts.isShared) await this.load();
      return work();
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Signs an event by its member's seal and keeps it. @throws SealwayError `signer_unavailable`, `log_unavailable` */
  async note(said: Said<Event>): Promise<Event> {
    const { clock, log, seals, trust } = this.#parts.services();
    const member = memberOf((said as unknown as CaseEvent).own);
    const { instance } = trust().configuration.parameters;
    const event = { v: 1, instance, time: clock.now(), member, ...said } as unknown as Event;
    checkCase(this.#form.schema, event, "internal_error");
    const bytes = await signStatement(required(seals.get(member)).signer, this.#form.typ, event);
    const sha256 = sha256Base64Url(bytes);
    await log.keep({ kind: this.#form.kind, sha256, bytes });
    this.#take(sha256, event);
    return event;
  }

  #take(sha256: string, event: Event): void {
    this.#seen.add(sha256);
    const key = keyOf(event);
    const known = this.#cases.get(key) ?? new Case<Event>();
    known.add(event);
    this.#cases.set(key, known);
  }
}

function keyOf({ id, side, own, peer }: CaseName): string {
  return `${side} ${own} ${peer} ${id}`;
}
