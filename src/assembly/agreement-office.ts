import type { Json } from "../core/canonical-json.ts";
import { SealwayError } from "../core/errors.ts";
import {
  type ClientId,
  isInOneSpelling,
  memberOf,
  parseClientId,
  parseServiceId,
  type ServiceId,
  unsafeId,
} from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import { authorityWord } from "../exchange/authority-word.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { type Agreement, type AuthorityWord, stopKey } from "../policy/agreement.ts";
import {
  type AgreementAct,
  type AgreementSide,
  parseAgreementAct,
  type QuestionnaireAnswers,
  type TermsDocument,
  termsDigest,
} from "../policy/agreements/agreement-act.ts";
import { type AgreementHistory, termsSpokenOf } from "../policy/agreements/agreement-history.ts";
import type { KeptAgreementAct, ServedSides } from "../policy/agreements/agreement-ledger.ts";
import { stateAt } from "../policy/agreements/agreement-standing.ts";
import { byLawOf } from "../policy/agreements/by-law.ts";
import { parseTerms } from "../policy/agreements/parse-terms.ts";
import { inVersionRange } from "../policy/version-range.ts";
import type { AgreementBook } from "./agreement-book.ts";
import type { AgreementDelivery } from "./agreement-delivery.ts";
import type { AgreementFiles } from "./agreement-files.ts";
import type {
  AgreementOrder,
  AgreementPage,
  AgreementReports,
  AgreementsWanted,
  ListedAgreement,
  MadeAct,
  OrderedSide,
} from "./agreement-orders.ts";
import { showAgreement } from "./agreement-show.ts";

export interface AgreementOfficeParts {
  readonly services: Pick<GatewayServices, "agreements" | "clock" | "trust">;
  readonly book: AgreementBook;
  readonly delivery: AgreementDelivery;
  readonly files: AgreementFiles;
}

/** Agreements in an answer. */
const pageLength = 100;

type OrderOf<Name extends AgreementOrder["order"]> = Extract<AgreementOrder, { order: Name }>;
type Desks = {
  readonly [Name in AgreementOrder["order"]]: (order: OrderOf<Name>) => Promise<AgreementReports[Name]>;
};

/** Makes the acts on agreements that commands order, and tells the other side. */
export class AgreementOffice {
  readonly #parts: AgreementOfficeParts;
  readonly #desks: Desks = {
    "agreement request": (order) => this.#request(order),
    "agreement change": (order) => this.#change(order),
    "agreement act": (order) => this.#act(order),
    "agreement show": ({ agreement }) => this.#show(agreement),
    "agreement list": async (wanted) => pageOf(this.#list(wanted.agreement), wanted),
    "agreement reload": async () => ({ agreements: await this.#parts.files.reload() }),
  };

  constructor(parts: AgreementOfficeParts) {
    this.#parts = parts;
  }

  get book(): AgreementBook {
    return this.#parts.book;
  }

  /** @throws SealwayError why it is not done */
  execute(order: AgreementOrder): Promise<AgreementReports[AgreementOrder["order"]]> {
    return (this.#desks[order.order] as (order: AgreementOrder) => Promise<never>)(order);
  }

  async #request(order: OrderOf<"agreement request">): Promise<MadeAct> {
    const terms = readTerms(order.document);
    const answers = parseStrictJson(
      Buffer.from(order.answers, "base64"),
      "bad_request",
    ) as unknown as QuestionnaireAnswers;
    const { agreement } = terms;
    const kept = await this.#parts.book.make(agreement, (history) => {
      if (history !== undefined)
        throw new SealwayError(
          "transition_refused",
          `an agreement ${agreement} is ${history.state}; choose another id`,
        );
      return this.#composed("consumer", null, { act: "request", ...this.#proposed(terms, 1), answers });
    });
    return this.#told(kept);
  }

  async #change({ as, document, reason }: OrderOf<"agreement change">): Promise<MadeAct> {
    const terms = readTerms(document);
    const kept = await this.#parts.book.make(terms.agreement, (history) => {
      const known = this.#known(terms.agreement, history);
      const side = this.#sideFor(known, as);
      const proposed = this.#proposed(terms, known.lastRevision + 1);
      return this.#composed(side, known.head, { act: "change", ...proposed, reason });
    });
    return this.#told(kept);
  }

  async #act({ agreement, as, states, word }: OrderOf<"agreement act">): Promise<MadeAct> {
    const kept = await this.#parts.book.make(agreement, (history) => {
      const known = this.#known(agreement, history);
      const { consumer, service } = known;
      const isOfProposal = word === "approve" || word === "decline";
      if (isOfProposal && known.proposal === null)
        throw new SealwayError("transition_refused", `the agreement is ${known.state}: nothing is proposed`);
      const spoken = termsSpokenOf(known, word).agreement;
      const about = { agreement, consumer, service, revision: spoken.revision, terms: spoken.sha256 };
      const brought = word === "approve" ? { document: parseStrictJson(spoken.bytes) as TermsDocument } : {};
      const other = known.proposal?.by === "consumer" ? "provider" : "consumer";
      const side = this.#sideFor(known, as ?? (isOfProposal ? other : undefined));
      return this.#composed(side, known.head, { act: word, ...about, ...brought, ...states });
    });
    return this.#told(kept);
  }

  async #show(id: string): Promise<AgreementReports["agreement show"]> {
    const { book, services } = this.#parts;
    await book.follow();
    const history = this.#known(id, book.ledger.view(id));
    const word = authorityWord(services.trust(), history.consumer);
    return showAgreement(book, history, services.clock.now(), word);
  }

  #list(only: string | undefined): ListedAgreement[] {
    const { book, services } = this.#parts;
    const now = services.clock.now();
    const trust = services.trust();
    const listed = (agreement: Agreement, own: Pick<ListedAgreement, "source" | "state" | "suspendedBy">) =>
      listedAs(agreement, own, authorityWord(trust, agreement.consumer));
    const ids = only === undefined ? [...book.ledger.ids()] : [only];
    const made = ids.flatMap((id): ListedAgreement[] => {
      const history = book.ledger.view(id);
      if (history === undefined) return [];
      const { agreement } = (history.inForce ?? history.proposal)!;
      const suspendedBy = Object.entries(history.suspended).flatMap(([side, flag]) =>
        flag === null ? [] : [side],
      );
      return [listed(agreement, { source: "acts", state: stateAt(history, now), suspendedBy })];
    });
    const files = [...services.agreements.all()]
      .filter(({ id, standing }) => standing === undefined && (only ?? id) === id)
      .map((one) => listed(one, { source: "file", state: one.state ?? "approved", suspendedBy: [] }));
    return [...made, ...files].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Tells the other side, and what came of it. */
  async #told({ act, sha256 }: KeptAgreementAct): Promise<MadeAct> {
    const { book, delivery, services } = this.#parts;
    const id = act.agreement;
    const isTold = book.servedSides(act) === "both";
    const delivered = isTold ? ({ outcome: "taken" } as const) : await delivery.deliver(id);
    const history = book.ledger.view(id);
    const state = history === undefined ? "absent" : stateAt(history, services.clock.now());
    return { agreement: id, act: sha256, state, delivered };
  }

  #composed(by: AgreementSide, previous: string | null, states: object): AgreementAct {
    const { clock, trust } = this.#parts.services;
    const { instance } = trust().configuration.parameters;
    return parseAgreementAct({ ...states, by, instance, previous, time: clock.now() });
  }

  /** Terms of the next revision, with the law that orders them, where one does. */
  #proposed({ document, ...parties }: ReadTerms, revision: number) {
    const written = { ...document, revision };
    const agreement = parseTerms(written);
    const versions = this.#parts.services.trust().catalogue.versions(agreement.service);
    const { serviceVersions: range } = agreement;
    const described = versions.find(({ version }) => range === null || inVersionRange(range, version));
    const byLaw = described === undefined ? null : byLawOf(agreement, described);
    return { ...parties, revision, document: written, terms: termsDigest(written), byLaw };
  }

  #known(id: string, history: AgreementHistory | undefined): AgreementHistory {
    if (history !== undefined) return history;
    throw new SealwayError("not_found", `no agreement ${id} is made by acts here`);
  }

  #sideFor(
    history: Pick<AgreementHistory, "consumer" | "service">,
    as: OrderedSide | undefined,
  ): AgreementSide {
    const served: ServedSides = this.#parts.book.servedSides(history);
    if (served === "both") {
      if (as !== undefined) return as;
      throw new SealwayError("bad_request", "both sides are served here: say as which of them");
    }
    if (as !== undefined && as !== served)
      throw new SealwayError("access_denied", `the act is the ${as}'s, and the ${served} is served here`);
    return served;
  }
}

function pageOf(
  listed: readonly ListedAgreement[],
  { after = "", members, state, words = "" }: AgreementsWanted,
): AgreementPage {
  const part = words.toLowerCase();
  const fitting = listed.filter(({ id, consumer, service, state: own }) => {
    const parties = [memberOf(unsafeId<ClientId>(consumer)), memberOf(unsafeId<ServiceId>(service))];
    return (
      (members === undefined || parties.some((member) => members.includes(member))) &&
      own === (state ?? own) &&
      [id, consumer, service].some((text) => text.toLowerCase().includes(part))
    );
  });
  const rest = fitting.filter(({ id }) => id > after);
  const agreements = rest.slice(0, pageLength);
  const last = rest.length > pageLength ? agreements.at(-1)!.id : null;
  return { agreements, total: fitting.length, after: last };
}

interface ReadTerms {
  readonly document: TermsDocument;
  readonly agreement: string;
  readonly consumer: string;
  readonly service: string;
}

/** The revision is the server's to write. */
function readTerms(base64: string): ReadTerms {
  const value = parseStrictJson(Buffer.from(base64, "base64"), "act_refused");
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SealwayError("act_refused", "the agreement is no JSON object");
  const document = value as TermsDocument;
  const { id, consumer, service } = document as { readonly [name: string]: Json };
  const isNamed = typeof id === "string" && typeof consumer === "string" && typeof service === "string";
  if (!isNamed || !isInOneSpelling(consumer, parseClientId) || !isInOneSpelling(service, parseServiceId))
    throw new SealwayError("act_refused", "the agreement names no id, consumer or service");
  return { document, agreement: id, consumer, service };
}

function listedAs(
  agreement: Agreement,
  own: Pick<ListedAgreement, "source" | "state" | "suspendedBy">,
  { stops }: AuthorityWord,
): ListedAgreement {
  const { id, consumer, service, revision, validity } = agreement;
  const stop = stops?.get(stopKey(agreement))?.state;
  const stopped = {
    ...(stop === "suspended" && { suspendedBy: [...own.suspendedBy, "authority"] }),
    ...(stop === "ended" && { state: "ended" }),
  };
  return { id, consumer, service, revision, ...validity, ...own, ...stopped };
}
