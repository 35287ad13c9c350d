import { servicesFor } from "../../catalogue/catalogue-desk.ts";
import { asBuffer, sha256, toBase64Url } from "../../core/bytes.ts";
import type { ClientId } from "../../core/ids.ts";
import { keepCaseCounts, keepCheckedForm } from "../../messagelog/collection-record.ts";
import { viewerOf } from "../catalogue-viewer.ts";
import type { GatewayServices, MemberSeal } from "../gateway-services.ts";
import { FormThread } from "./form-thread.ts";

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
  readonly #thread = new FormThread();
  /** What was recorded since the start: who checks a form again and again fills no log. */
  readonly #remembered = new Set<string>();

  constructor(services: GatewayServices) {
    this.#services = services;
  }

  /**
   * Holds a form against the services that the teller may see, and records what it collects.
   * @returns the verdict in JSON
   * @throws SealwayError `invalid_body` naming the place; `overloaded`, `log_unavailable`, `signer_unavailable`
   */
  async checkForm({ client, seal }: Teller, { name, contentType, bytes }: HandedIn): Promise<Buffer> {
    const { catalogue, configuration } = this.#services.trust();
    const form = toBase64Url(sha256(bytes));
    const called = name ?? form;
    const { body, collected, questions, unknown } = await this.#thread.ask(client, catalogue, {
      ...{ kind: "form", file: fileOf("form", contentType), bytes, name: called, form },
      asker: client,
      visible: servicesFor(catalogue, viewerOf(this.#services, client)).map(({ sha256 }) => sha256),
      vocabularies: configuration.vocabularies.map(({ sha256, bytes }) => ({ sha256, bytes })),
      today: new Date(this.#services.clock.now()).toISOString().slice(0, 10),
    });
    // Of a new catalogue more may be recognised.
    await this.#once([client, form, called, configuration.version].join(" "), () =>
      keepCheckedForm(this.#services.log, seal.signer, {
        ...this.#statement(client),
        ...{ name: called, form, collected, questions, unknown },
      }),
    );
    return asBuffer(body);
  }

  /**
   * @returns the counts as they are remembered, in JSON
   * @throws SealwayError as `checkForm`
   */
  async takeCaseCounts({ client, seal }: Teller, { contentType, bytes }: HandedIn): Promise<Buffer> {
    const question = { kind: "counts", file: fileOf("counts", contentType), bytes } as const;
    const { counts } = await this.#thread.ask(client, this.#services.trust().catalogue, question);
    await this.#once([client, toBase64Url(sha256(bytes))].join(" "), () =>
      keepCaseCounts(this.#services.log, seal.signer, {
        ...this.#statement(client),
        counts: counts.map((count) => ({ ...count })),
      }),
    );
    return Buffer.from(JSON.stringify({ counts }));
  }

  #statement(who: ClientId) {
    const { instance } = this.#services.trust().configuration.parameters;
    return { instance, time: this.#services.clock.now(), who };
  }

  async #once(key: string, record: () => Promise<void>): Promise<void> {
    if (this.#remembered.has(key)) return;
    await record();
    if (this.#remembered.size >= mostRemembered) this.#remembered.clear();
    this.#remembered.add(key);
  }
}

function fileOf(name: string, contentType: string): string {
  return /^text\/csv\b/i.test(contentType) ? `${name}.csv` : name;
}
