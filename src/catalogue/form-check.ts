import type { ServiceId } from "../core/ids.ts";
import type { DescriptionDocument, EndpointDocument } from "./description-document.ts";
import { fieldsOf } from "./fields-of.ts";
import { type Asked, type Confidence, ElementFinder } from "./form-match.ts";
import { holdersOf } from "./gate/check-once-only.ts";
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

/** Holds forms against the services in force: what people are asked for, and a register could tell. */
export class FormCheck {
  readonly #catalogue: readonly DescriptionDocument[];
  readonly #today: string;
  readonly #finder: ElementFinder;
  readonly #holders = new Map<string, DescriptionDocument | undefined>();
  readonly #given = new Map<EndpointDocument, readonly string[]>();

  /**
   * @param catalogue what whoever asks may see
   * @param today ISO 8601
   */
  constructor(catalogue: readonly DescriptionDocument[], vocabulary: Vocabulary, today: string) {
    this.#catalogue = catalogue;
    this.#today = today;
    this.#finder = new ElementFinder(vocabulary);
  }

  check(questions: readonly Question[]): FormVerdict {
    const held: HeldAnswer[] = [];
    const free: FormVerdict["free"][number][] = [];
    const unknown: FormVerdict["unknown"][number][] = [];
    for (const question of questions) {
      const { place } = question;
      const asked = question.text ?? question.name ?? place;
      const match = this.#finder.find(question);
      if (match === undefined) {
        unknown.push({ place, asked });
        continue;
      }
      const holder = this.#holder(match.element);
      if (holder === undefined) free.push({ place, asked, element: match.element });
      else held.push({ place, asked, ...match, ...this.#answer(holder, match.element) });
    }
    return { held, agreements: this.#agreements(held), free, unknown };
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

  /** The one of the authentic source's services that gives the element, or else any of them. */
  #holder(element: string): DescriptionDocument | undefined {
    if (!this.#holders.has(element)) {
      const holders = holdersOf(this.#catalogue, element, this.#today);
      const giving = holders.find((holder) => this.#endpoints(holder, element).length > 0);
      this.#holders.set(element, giving ?? holders[0]);
    }
    return this.#holders.get(element);
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

  #agreements(held: readonly HeldAnswer[]): readonly NeededAgreement[] {
    const needed = Map.groupBy(
      held.filter(({ advice }) => advice === "call"),
      ({ service }) => service,
    );
    return [...needed].map(([service, answers]) => {
      const document = this.#holder(answers[0]!.element)!;
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
