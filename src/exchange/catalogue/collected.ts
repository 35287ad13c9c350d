import { type CountedCases, readCaseCounts } from "../../catalogue/case-counts.ts";
import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import { FormCheck, type FormVerdict } from "../../catalogue/form-check.ts";
import { readForm } from "../../catalogue/read-form.ts";
import type { Vocabulary } from "../../catalogue/vocabulary.ts";
import { sha256, toBase64Url } from "../../core/bytes.ts";
import { ConfigurationError } from "../../core/configuration-file.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ClientId } from "../../core/ids.ts";
import { keepCaseCounts, keepCheckedForm } from "../../messagelog/collection-record.ts";
import type { GatewayServices, MemberSeal } from "../gateway-services.ts";

/** Who tells what is collected: authenticated. */
export interface Teller {
  readonly client: ClientId;
  readonly seal: MemberSeal;
}

/** A document that an information system hands in. */
export interface HandedIn {
  /** As its owner calls it; undefined when it does not say. */
  readonly name: string | undefined;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Checks that are remembered as made before; above this they are forgotten, and one is recorded twice. */
const mostRemembered = 1000;

/** Takes in what members tell of what they ask people for, checks it, and has the log remember it. */
export class CollectionDesk {
  readonly #services: GatewayServices;
  /** What was recorded since the start: who checks a form again and again fills no log. */
  readonly #remembered = new Set<string>();

  constructor(services: GatewayServices) {
    this.#services = services;
  }

  /**
   * Holds a form against the services that the teller may see, and records what it collects.
   * @throws SealwayError `invalid_body` naming the place; `log_unavailable`, `signer_unavailable`
   */
  async checkForm(
    { client, seal }: Teller,
    { name, contentType, bytes }: HandedIn,
    visible: readonly DescriptionDocument[],
    vocabulary: Vocabulary,
  ): Promise<FormVerdict & { readonly form: string; readonly name: string }> {
    const file = fileOf("form", contentType);
    const questions = taking(() => readForm(file, bytes));
    if (questions === undefined) throw new SealwayError("invalid_body", "the document is no form");
    const today = new Date(this.#services.clock.now()).toISOString().slice(0, 10);
    const verdict = new FormCheck(visible, vocabulary, today).check(questions);
    const form = toBase64Url(sha256(bytes));
    const called = name ?? form;
    await this.#once([client, form, called, this.#version()].join(" "), () =>
      keepCheckedForm(this.#services.log, seal.signer, {
        ...this.#statement(client),
        ...{ name: called, form, collected: collectedIn(verdict) },
        ...{ questions: questions.length, unknown: verdict.unknown.length },
      }),
    );
    return { form, name: called, ...verdict };
  }

  /** @throws SealwayError `invalid_body` naming the place; `log_unavailable`, `signer_unavailable` */
  async takeCaseCounts(
    { client, seal }: Teller,
    { contentType, bytes }: HandedIn,
  ): Promise<{ readonly counts: readonly CountedCases[] }> {
    const counts = taking(() => readCaseCounts(fileOf("counts", contentType), bytes));
    await this.#once([client, toBase64Url(sha256(bytes))].join(" "), () =>
      keepCaseCounts(this.#services.log, seal.signer, {
        ...this.#statement(client),
        counts: counts.map((count) => ({ ...count })),
      }),
    );
    return { counts };
  }

  #statement(who: ClientId) {
    const { instance } = this.#services.trust().configuration.parameters;
    return { instance, time: this.#services.clock.now(), who };
  }

  /** Of the catalogue: a new one may recognise more. */
  #version(): number {
    return this.#services.trust().configuration.version;
  }

  async #once(key: string, record: () => Promise<void>): Promise<void> {
    if (this.#remembered.has(key)) return;
    await record();
    if (this.#remembered.size >= mostRemembered) this.#remembered.clear();
    this.#remembered.add(key);
  }
}

/** What the form asks people for, whether a register holds it or not; what finds the person may be asked for. */
function collectedIn({ held, free }: FormVerdict) {
  const collected = new Map<string, { readonly element: string; readonly confidence: string }>();
  for (const { element, confidence, advice } of held)
    if (advice === "call" && collected.get(element)?.confidence !== "exact")
      collected.set(element, { element, confidence });
  for (const { element } of free) collected.set(element, { element, confidence: "not-held" });
  return [...collected.values()].sort((a, b) => (a.element < b.element ? -1 : 1));
}

function fileOf(name: string, contentType: string): string {
  return /^text\/csv\b/i.test(contentType) ? `${name}.csv` : name;
}

/** The faults of a document name places in it, and no values. */
function taking<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const told = error.faults.slice(0, 5).map(({ place, problem }) => `${place}: ${problem}`);
    throw new SealwayError("invalid_body", told.join("; "));
  }
}
