import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { ApprovalRules } from "../registry/approval-rules.ts";
import type { KeptRequest } from "../registry/kept-request.ts";
import type { RegistryEvent } from "../registry/registry-entry.ts";
import type { RegistryState } from "../registry/registry-state.ts";
import type { Registry } from "../registry.ts";
import { eventOfDecision, judgeDecision, judgeQuery } from "./judge-decision.ts";
import { type OfficeHost, RegistrationOffice } from "./registration-office.ts";
import { registrationRulesOf } from "./registration-rules.ts";
import { RegistryBook, type RegistryBookPlace } from "./registry-book.ts";
import { membersConcerned, type ShownRequest, showRequest } from "./show-request.ts";

/** What the desk asks of the authority, beside what the office does. */
export interface DeskHost extends Omit<OfficeHost, "tryOut" | "clock" | "rules"> {
  rules(): ApprovalRules;
  /** @throws DocumentError for a registry that cannot be published */
  tryOut(registry: Registry): void;
  /** The registry file in force. */
  file(): Registry;
  /** One at a time, with everything that changes what is published. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Publishes what is registered; what cannot be published now will be. @returns the version; null when it could not */
  publish(): Promise<number | null>;
}

/** What is told of a request that was handed in or decided on. */
export interface AnsweredRequest extends ShownRequest {
  /** Version of the configuration that has it; null while it waits, or cannot be published yet. */
  readonly configuration: number | null;
}

/** Where members ask to be registered, and officers decide. */
export class RegistrationDesk {
  readonly #book: RegistryBook;
  readonly #place: RegistryBookPlace;
  readonly #host: Omit<DeskHost, "rules"> & Pick<OfficeHost, "rules">;
  readonly #office: RegistrationOffice;
  /** No request that is open came before, milliseconds: among the thousands of a country's years nothing is looked for in vain. */
  #oldestOpen = Number.NEGATIVE_INFINITY;

  private constructor(book: RegistryBook, place: RegistryBookPlace, host: DeskHost) {
    this.#book = book;
    this.#place = place;
    const rules = () => ({ ...host.rules(), officers: book.officers(book.state) });
    this.#host = { ...host, rules };
    const tryOut = (state: RegistryState) => host.tryOut(book.merge(host.file(), state));
    this.#office = new RegistrationOffice(book, { ...host, rules, clock: place.clock, tryOut });
  }

  /** @throws SealwayError for a log that is altered */
  static async open(place: RegistryBookPlace, host: DeskHost): Promise<RegistrationDesk> {
    return new RegistrationDesk(await RegistryBook.open(place), place, host);
  }

  /** As `RegistryBook.plan`. @throws DocumentError also for rules that cannot be; SealwayError `log_unavailable` */
  async plan(file: Registry): Promise<ReturnType<RegistryBook["plan"]>> {
    registrationRulesOf(file);
    await this.#book.settle();
    return this.#book.plan(file);
  }

  /**
   * `{"signatures": ["…"]}`: a request, or more signatures on one.
   * @param sent attacker-controlled
   * @throws SealwayError why it is not taken; see `RegistrationOffice`
   */
  async request(sent: Buffer): Promise<AnsweredRequest> {
    const { signatures } = parseSent(sent, "signatures");
    if (!Array.isArray(signatures) || !signatures.every((one) => typeof one === "string"))
      throw new SealwayError("malformed_statement", "it has no signatures");
    const signed = await this.#office.receive(signatures);
    return this.#exclusively(async () => this.#published(await this.#office.take(signed)));
  }

  /** `{"decision": "…"}`, an officer's. As `request`. */
  async decide(sent: Buffer): Promise<AnsweredRequest> {
    const { decision: text } = parseSent(sent, "decision");
    if (typeof text !== "string") throw new SealwayError("malformed_statement", "it has no decision");
    const { clock } = this.#place;
    const decision = await judgeDecision(text, this.#judgedBy(), clock);
    return this.#exclusively(async () => {
      const kept = this.#kept(decision.decision.request);
      const event = eventOfDecision(kept, decision, this.#judgedBy(), clock.now());
      const proposed = this.#book.propose(event);
      if (event.state === "approved") this.#office.checkPublishable(proposed.state);
      await this.#book.keep(proposed);
      return this.#published(this.#kept(decision.decision.request));
    });
  }

  /** Who has its id was told it by who asked, or is who asked. @throws SealwayError `registration_unknown` */
  show(id: string): ShownRequest {
    return showRequest(this.#kept(id), this.#host.rules().expiry);
  }

  /** `{"query": "…"}`: to an officer all requests, to a member those that concern it. Newest first. */
  list(sent: Buffer): readonly ShownRequest[] {
    const { query: text } = parseSent(sent, "query");
    if (typeof text !== "string") throw new SealwayError("malformed_statement", "it has no query");
    const { query, asker } = judgeQuery(text, this.#judgedBy(), this.#place.clock.now());
    const { expiry } = this.#host.rules();
    return [...this.#book.state.requests.values()]
      .filter((kept) => query.show === "all" || isOpen(kept))
      .filter((kept) => asker.kind === "officer" || membersConcerned(kept).has(asker.member))
      .reverse()
      .slice(0, mostListed)
      .map((kept) => showRequest(kept, expiry));
  }

  /** Ends requests on which nobody acted; its caller sees to it that nothing else is written meanwhile. */
  async expire(): Promise<void> {
    if (await this.#book.settle()) await this.#host.publish();
    const now = this.#place.clock.now();
    const before = now - this.#host.rules().expiry;
    if (before <= this.#oldestOpen) return;
    const open = [...this.#book.state.requests.values()].filter(isOpen);
    for (const { request, received } of open)
      if (received < before) await this.#keep({ entry: "expiry", request: request.id });
    this.#oldestOpen = Math.min(now, ...open.map(({ received }) => Math.max(received, before)));
  }

  close(): Promise<void> {
    return this.#book.close();
  }

  #keep(event: RegistryEvent): Promise<void> {
    return this.#book.keep(this.#book.propose(event));
  }

  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#host.exclusively(async () => {
      await this.expire();
      return work();
    });
  }

  /** Why the log is not as it should be; undefined when it is. */
  get problem(): string | undefined {
    return this.#place.log.problem();
  }

  async #published(kept: KeptRequest): Promise<AnsweredRequest> {
    const configuration = kept.state === "approved" ? await this.#host.publish() : null;
    return { ...showRequest(kept, this.#host.rules().expiry), configuration };
  }

  #kept(id: string): KeptRequest {
    const kept = this.#book.state.requests.get(id);
    if (kept === undefined)
      throw new SealwayError("registration_unknown", "there is no registration request of this id");
    return kept;
  }

  #judgedBy() {
    return { index: this.#host.index(), officers: this.#host.rules().officers };
  }
}

const mostListed = 1_000;

function isOpen({ state }: KeptRequest): boolean {
  return state === "saved" || state === "requested";
}

/** @throws SealwayError `malformed_statement` unless it is an object of this one member */
function parseSent(sent: Buffer, name: string): Readonly<Record<string, unknown>> {
  const value = parseStrictJson(sent, "malformed_statement");
  if (typeof value !== "object" || value === null || Object.keys(value).join(" ") !== name)
    throw new SealwayError("malformed_statement", `it is not an object with the member "${name}"`);
  return value as Readonly<Record<string, unknown>>;
}
