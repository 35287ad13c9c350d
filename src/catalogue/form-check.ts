import type { ClientId, ServiceId } from "../core/ids.ts";
import type { DescriptionDocument, EndpointDocument } from "./description-document.ts";
import { fieldsOf } from "./fields-of.ts";
import { type Asked, type Confidence, ElementFinder } from "./form-match.ts";
import { holdersOf } from "./gate/check-once-only.ts";
import { rankHolders } from "./rank-holders.ts";
import { covers, type Vocabulary } from "./vocabulary.ts";

/** One field or question of a form. */
export interface Question extends Asked {
  /** JSON pointer into the form, or `line 3`. */
  readonly place: string;
}

/** People are asked for what a register holds. */
export interface HeldAnswer {
  readonly place: string;
  readonly asked: string;
  readonly element: string;
  readonly confidence: Confidence;
  /** `key`: the service wants it to find the person, so that it may be asked for. */
  readonly advice: "call" | "key";
  readonly service: ServiceId;
  readonly title: string;
  readonly register: string;
  /** Services that say only yes or no of it, which may be enough. */
  readonly predicates: readonly ServiceId[];
}

/** What an agreement must cover, so that the form need not ask. */
export interface NeededAgreement {
  readonly service: ServiceId;
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  readonly elements: readonly string[];
  /** Purposes of the service that need one of the elements. */
  readonly purposes: readonly string[];
  readonly provisions: readonly string[];
  readonly entitled: readonly string[];
}

export interface FormVerdict {
  readonly held: readonly HeldAnswer[];
  readonly agreements: readonly NeededAgreement[];
  /** Recognised, and no register in the catalogue holds it. */
  readonly free: readonly { readonly place: string; readonly asked: string; readonly element: string }[];
  /** Not recognised: whether a register holds it is not known. */
  readonly unknown: readonly { readonly place: string; readonly asked: string }[];
}

/** By element. */
type Holders = ReadonlyMap<string, DescriptionDocument>;

/** Holds forms against the services in force: what people are asked for, and a register could tell. */
export class FormCheck {
  readonly #catalogue: readonly DescriptionDocument[];
  readonly #today: string;
  readonly #finder: ElementFinder;
  readonly #asker: ClientId | undefined;
  readonly #given = new Map<EndpointDocument, readonly string[]>();

  /**
   * @param catalogue what whoever asks may see
   * @param today ISO 8601
   * @param asker who would ask the services, where it is known
   */
  constructor(
    catalogue: readonly DescriptionDocument[],
    vocabulary: Vocabulary,
    today: string,
    asker?: ClientId,
  ) {
    this.#catalogue = catalogue;
    this.#today = today;
    this.#asker = asker;
    this.#finder = new ElementFinder(vocabulary);
  }

  check(questions: readonly Question[]): FormVerdict {
    const held: HeldAnswer[] = [];
    const free: FormVerdict["free"][number][] = [];
    const unknown: FormVerdict["unknown"][number][] = [];
    const matches = questions.map((question) => ({ question, match: this.#finder.find(question) }));
    const holders = this.#holdersOf(new Set(matches.flatMap(({ match }) => match?.element ?? [])));
    for (const { question, match } of matches) {
      const { place } = question;
      const asked = question.text ?? question.name ?? place;
      if (match === undefined) {
        unknown.push({ place, asked });
        continue;
      }
      const holder = holders.get(match.element);
      if (holder === undefined) free.push({ place, asked, element: match.element });
      else held.push({ place, asked, ...match, ...this.#answer(holder, match.element) });
    }
    return { held, agreements: this.#agreements(held, holders), free, unknown };
  }

  #answer(holder: DescriptionDocument, element: string) {
    return {
      advice: isKey(holder, element) ? ("key" as const) : ("call" as const),
      service: holder.id,
      title: holder.title.en,
      register: holder.source!.register,
      predicates: this.#catalogue.filter(({ predicateOf }) => predicateOf === holder.id).map(({ id }) => id),
    };
  }

  /** Of each element the best of the authentic source's services that give it, or else of those that hold it. */
  #holdersOf(elements: ReadonlySet<string>): Holders {
    const found = new Map<string, DescriptionDocument>();
    const wish = { asker: this.#asker, elements: [...elements] };
    for (const element of elements) {
      const holders = holdersOf(this.#catalogue, element, this.#today);
      const giving = holders.filter((holder) => this.#endpoints(holder, element).length > 0);
      const [best] = rankHolders(giving.length > 0 ? giving : holders, wish);
      if (best !== undefined) found.set(element, best);
    }
    return found;
  }

  #endpoints({ endpoints }: DescriptionDocument, element: string): readonly EndpointDocument[] {
    return endpoints.filter((endpoint) =>
      this.#elementsOf(endpoint).some((given) => covers(given, element) || covers(element, given)),
    );
  }

  #elementsOf(endpoint: EndpointDocument): readonly string[] {
    const known = this.#given.get(endpoint);
    if (known !== undefined) return known;
    const answers = Object.entries(endpoint.responses ?? {}).filter(([status]) => status.startsWith("2"));
    const found = answers.flatMap(([, { schema }]) =>
      fieldsOf(schema).flatMap(({ element }) => element ?? []),
    );
    this.#given.set(endpoint, found);
    return found;
  }

  #agreements(held: readonly HeldAnswer[], holders: Holders): readonly NeededAgreement[] {
    const needed = Map.groupBy(
      held.filter(({ advice }) => advice === "call"),
      ({ service }) => service,
    );
    return [...needed].map(([service, answers]) => {
      const document = holders.get(answers[0]!.element)!;
      const elements = [...new Set(answers.map(({ element }) => element))];
      const endpoints = new Set(elements.flatMap((element) => this.#endpoints(document, element)));
      const isNeeded = (listed: string) =>
        elements.some((each) => covers(listed, each) || covers(each, listed));
      return {
        service,
        endpoints: [...endpoints].map(({ method, path }) => ({ method, path })),
        elements,
        purposes: (document.purposes ?? [])
          .filter((purpose) => purpose.elements.some(isNeeded))
          .map(({ id }) => id),
        provisions: (document.lawfulBases ?? []).map(({ provision }) => provision),
        entitled: document.entitled ?? [],
      };
    });
  }
}

/** Whether the service is asked by the element. */
function isKey({ endpoints }: DescriptionDocument, element: string): boolean {
  return endpoints.some(({ parameters = {}, request }) => {
    const keys = [
      ...Object.values(parameters),
      ...(request === undefined ? [] : fieldsOf(request.schema).filter(({ leaf }) => leaf)),
    ];
    return keys.some((field) => field.use === "key" && field.element === element);
  });
}
