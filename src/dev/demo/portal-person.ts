import { type ClientId, providerOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import { enoughAssurance } from "../country/citizens.ts";
import { serverOf } from "../country/country.ts";
import { nameOf, subsystem } from "../country/members.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { PageAccount } from "./event.ts";
import { type Page, PersonBrowser, textOf } from "./person-browser.ts";
import { partyOf } from "./play-scene.ts";
import { withLogOf } from "./server-log.ts";

/** What a person did and read at the portal, and what the portal asked for it. */
export interface PageVisit extends Pick<PageAccount, "address" | "did" | "reads" | "says" | "asExpected"> {
  readonly service: ServiceId;
  readonly exchangeId: string;
}

/** Somebody at the portal. */
export class PortalPerson {
  readonly #browser = new PersonBrowser();
  readonly #running: RunningCountry;
  readonly #code: string;
  /** The subsystem whose data it is about. */
  readonly #at: ClientId;
  /** Who gets it. */
  readonly #recipient: ClientId;

  constructor(
    running: RunningCountry,
    code: string,
    at = subsystem("population"),
    recipient = subsystem("onboarding"),
  ) {
    this.#running = running;
    this.#code = code;
    this.#at = at;
    this.#recipient = recipient;
  }

  /** Chooses for whom to act, of those whom the registers name. @param name as the page has it */
  async actFor(name: string): Promise<void> {
    const page = await this.#open("/acting");
    const cards = page.text.split("<li>").filter((card) => card.includes('name="power"'));
    const card = cards.find((one) => one.startsWith(`<h2>${name}</h2>`));
    const power = /name="power" value="([^"]+)"/.exec(card ?? "")?.[1];
    if (power === undefined) throw new Error("the portal does not offer to act for them");
    await this.#browser.follow(await this.#browser.send(page, "/acting", { power }));
  }

  /** Signs in, reads what is asked, and gives it by another sign-in, made for this very text. */
  async give(): Promise<PageVisit> {
    const page = await this.#permission("Waiting for you");
    const text = /<div class="text"[^>]*>(.*?)<\/div>/s.exec(page.text)?.[1] ?? "";
    const reads = [...text.matchAll(/<p>(.*?)<\/p>/gs)].map(([, line]) => textOf(line!));
    const signIn = await this.#browser.follow(await this.#browser.send(page, "/give"));
    const done = await this.#browser.follow(await this.#prove(signIn), "/permissions");
    const did = [
      "signed in at the identity provider",
      "read the text",
      "signed in again, for this very text",
    ];
    return this.#finish(page, { did, reads }, done, "It is given");
  }

  async withdraw(): Promise<PageVisit> {
    const page = await this.#permission("In force");
    const done = await this.#browser.send(page, "/withdraw");
    return this.#finish(page, { did: ["withdrew it"], reads: [] }, done, "It is withdrawn");
  }

  /** Opens the list of uses. @param results those of the recipient, newest first, as they have to be */
  async look(results: readonly string[]): Promise<PageVisit> {
    const page = await this.#open("/uses");
    const rows = [...page.text.matchAll(/<tr>(?:(?!<\/tr>).)*<\/tr>/gs)]
      .map(([row]) => row)
      // What is only counted has no mark.
      .filter((row) => row.includes(nameOf(this.#recipient)) && row.includes('class="mark'));
    const marks = rows.map((row) => /<span class="mark (\w+)">/.exec(row)?.[1]);
    const service = this.#asked("sealway.usage");
    return {
      address: page.url,
      did: [`opened the list; entries of ${nameOf(this.#recipient)}: ${rows.length}`],
      reads: rows.map(lineOf),
      says: textOf(/<caption>(.*?)<\/caption>/s.exec(page.text)?.[1] ?? ""),
      asExpected: marks.join() === results.join(),
      service,
      exchangeId: await this.#newest(service),
    };
  }

  /** The recipient's permission that stands under a heading of the person's list. */
  async #permission(heading: string): Promise<Page> {
    const list = await this.#open("/permissions");
    const section = list.text.split("<h2>").find((part) => part.startsWith(`${heading}<`)) ?? "";
    const card = section.split("<li>").find((one) => one.includes(nameOf(this.#recipient)));
    const path = /href="(\/permissions\/[^"]+)"/.exec(card ?? "")?.[1];
    if (path === undefined) throw new Error(`the portal shows no permission under ${heading}`);
    return this.#open(path);
  }

  /** The page at a path, after signing in where the portal wants it. */
  async #open(path: string): Promise<Page> {
    const { portalUrl } = this.#running.country;
    const page = await this.#browser.open(`${portalUrl}${path}`);
    return page.url.startsWith(portalUrl) ? page : this.#browser.follow(await this.#prove(page));
  }

  /** Fills in the form of the identity provider. */
  #prove(page: Page): Promise<Page> {
    return this.#browser.send(page, "/sign-in", {
      code: this.#code,
      acr: enoughAssurance.at(-1)!,
      choice: "sign-in",
    });
  }

  /** The portal has acted and leads back to the list, which asks anew: until then the act is its newest exchange. */
  async #finish(
    { url }: Page,
    seen: Pick<PageVisit, "did" | "reads">,
    done: Page,
    outcome: string,
  ): Promise<PageVisit> {
    const service = this.#asked("sealway.permission");
    const exchangeId = await this.#newest(service);
    const { text } = await this.#browser.follow(done);
    const says = textOf(/<p class="\w+" role="status">(.*?)<\/p>/s.exec(text)?.[1] ?? "");
    return { address: url, ...seen, says, asExpected: says.startsWith(outcome), service, exchangeId };
  }

  #asked(name: string): ServiceId {
    return unsafeId(`${this.#at}/${name}`);
  }

  #newest(asked: ServiceId): Promise<string> {
    const portal = subsystem("portal");
    return withLogOf(serverOf(this.#running.country, portal), (log) => newestExchange(log, portal, asked));
  }
}

/** The newest exchange in which a client of a server asked a service. */
export async function newestExchange(
  { log }: EvidenceReader,
  client: ClientId,
  asked: ServiceId,
): Promise<string> {
  let found: string | undefined;
  for (const { writer, number } of await log.writers()) {
    for await (const records of log.records({ writer, first: 1, last: number })) {
      for (const { role, exchange, exchangeId } of records) {
        const document = parseExchange(exchange);
        const isIt = role === "consumer" && document.client === client && document.service.id === asked;
        if (isIt) found = exchangeId;
      }
    }
  }
  if (found === undefined) throw new Error(`${client} has not asked ${asked}`);
  return found;
}

/** A row of a table as it reads: its cells in order. */
function lineOf(row: string): string {
  const cells = [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) =>
    textOf(cell!.replaceAll("<small>", ", ")).replaceAll(" , ", ", "),
  );
  return cells.join(" | ");
}

/** The account of a visit. @param number of the step; @param scenario of the country */
export function accountOfVisit(
  { country }: RunningCountry,
  title: string,
  { number, scenario }: { readonly number: number; readonly scenario: number },
  { service, ...visit }: PageVisit,
): PageAccount {
  const [client, provider] = [subsystem("portal"), providerOf(service)];
  const asks = partyOf(client, client, serverOf(country, client));
  const answers = partyOf(service, provider, serverOf(country, provider));
  return { event: "page", number, title, scenario, asks, answers, ...visit };
}
