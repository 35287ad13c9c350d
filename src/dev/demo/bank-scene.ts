import { type ClientId, providerOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import { enoughAssurance, personScheme } from "../country/citizens.ts";
import { serverOf } from "../country/country.ts";
import { nameOf, subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Cast } from "../registers/cast.ts";
import type { Account, PageAccount, Played } from "./event.ts";
import { type Page, PersonBrowser, textOf } from "./person-browser.ts";
import { partyOf, playScene } from "./play-scene.ts";
import type { Scene } from "./scenes.ts";
import { withLogOf } from "./server-log.ts";
import { jsonBody } from "./system-call.ts";

const purpose = "know-your-customer";
/** What the bank asks to see; the region and the personal code, which it has, it leaves out. */
const fields = [
  ...["/address/town", "/address/street", "/address/house", "/address/flat", "/address/postcode"],
  "/nextOfKin",
];
const refused = { kind: "signed", code: "permission_required" } as const;
const scenario = 3;

/**
 * The bank's story, with the person's pages in it: refused, asked, given, used, seen, withdrawn, refused, all of it seen.
 * @param first number of its first step
 * @throws Error when a page of the portal is not what the story needs to go on
 */
export async function* playBankStory(
  running: RunningCountry,
  cast: Cast,
  first: number,
): AsyncGenerator<Played> {
  const person = new PortalPerson(running, cast.parent);
  let number = first;
  const call = (scene: Scene): Promise<Account> => playScene(running, scene, number++);
  const see = async (title: string, did: PageVisit): Promise<PageAccount> =>
    told(running, title, number++, did);
  yield await call(use(cast, "A bank asks without the person's consent", refused));
  yield await call(request(cast));
  yield await see("The person reads on the portal what is asked, and consents", await person.give());
  yield await call(
    use(cast, "The bank gets what was consented to, and no more", { kind: "answer", status: 200 }),
  );
  yield await see("The person sees it on the portal", await person.look(["allowed", "refused"]));
  yield await see("The person withdraws the consent", await person.withdraw());
  yield await call(use(cast, "The very next call of the bank", refused));
  yield await see("The person sees all of it", await person.look(["refused", "allowed", "refused"]));
}

function use({ parent }: Cast, title: string, expected: Scene["expected"]): Scene {
  return {
    title,
    scenario,
    client: subsystem("onboarding"),
    service: service("population/next-of-kin"),
    method: "GET",
    path: `/${parent}`,
    purpose,
    decisionUse: "caseworker",
    expected,
    removed: ["/code", "/address/region"],
    says: ({ text }) => {
      const { address, nextOfKin } = JSON.parse(text);
      return `${address.street} ${address.house}, ${address.town}; ${nextOfKin.length} relatives, by name`;
    },
    notYetChecked: [],
  };
}

function request({ parent }: Cast): Scene {
  const asked = {
    ...{
      service: service("population/next-of-kin"),
      purpose,
      fields,
      days: 30,
      limits: { uses: 3, keepDays: 90 },
    },
    person: { scheme: personScheme, value: parent },
  };
  return {
    title: "The bank asks the person, through the register",
    scenario,
    client: subsystem("onboarding"),
    service: atRegister("sealway.permission"),
    method: "POST",
    path: "/requests",
    body: jsonBody(asked),
    expected: { kind: "answer", status: 200 },
    says: ({ text }) => {
      const { permission, url } = JSON.parse(text);
      if (permission.state !== "requested") throw new Error(`it is ${permission.state}`);
      return `waits for the person at ${url}`;
    },
    notYetChecked: [],
  };
}

function atRegister(name: string): ServiceId {
  return unsafeId(`${subsystem("population")}/${name}`);
}

/** What a person did and read at the portal, and what the portal asked for it. */
interface PageVisit extends Pick<PageAccount, "address" | "did" | "reads" | "says" | "asExpected"> {
  readonly service: ServiceId;
  readonly exchangeId: string;
}

/** Somebody at the portal. */
class PortalPerson {
  readonly #browser = new PersonBrowser();
  readonly #running: RunningCountry;
  readonly #code: string;

  constructor(running: RunningCountry, code: string) {
    this.#running = running;
    this.#code = code;
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

  /** Opens the list of uses. @param results those of the bank, newest first, as they have to be */
  async look(results: readonly string[]): Promise<PageVisit> {
    const page = await this.#open("/uses");
    const rows = [...page.text.matchAll(/<tr>(?:(?!<\/tr>).)*<\/tr>/gs)]
      .map(([row]) => row)
      .filter((row) => row.includes(nameOf(subsystem("onboarding"))));
    const marks = rows.map((row) => /<span class="mark (\w+)">/.exec(row)?.[1]);
    const service = atRegister("sealway.usage");
    return {
      address: page.url,
      did: ["opened the list, and finds the bank in it"],
      reads: rows.map(lineOf),
      says: textOf(/<caption>(.*?)<\/caption>/s.exec(page.text)?.[1] ?? ""),
      asExpected: marks.join() === results.join(),
      service,
      exchangeId: await this.#newest(service),
    };
  }

  /** The permission that stands under a heading of the person's list. */
  async #permission(heading: string): Promise<Page> {
    const list = await this.#open("/permissions");
    const section = list.text.split("<h2>").find((part) => part.startsWith(`${heading}<`));
    const path = /href="(\/permissions\/[^"]+)"/.exec(section ?? "")?.[1];
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
    const service = atRegister("sealway.permission");
    const exchangeId = await this.#newest(service);
    const { text } = await this.#browser.follow(done);
    const says = textOf(/<p class="\w+" role="status">(.*?)<\/p>/s.exec(text)?.[1] ?? "");
    return { address: url, ...seen, says, asExpected: says.startsWith(outcome), service, exchangeId };
  }

  #newest(asked: ServiceId): Promise<string> {
    const portal = subsystem("portal");
    return withLogOf(serverOf(this.#running.country, portal), (log) => newestExchange(log, portal, asked));
  }
}

async function newestExchange({ log }: EvidenceReader, client: ClientId, asked: ServiceId): Promise<string> {
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
  if (found === undefined) throw new Error(`the portal has not asked ${asked}`);
  return found;
}

/** A row of a table as it reads: its cells in order. */
function lineOf(row: string): string {
  const cells = [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell]) =>
    textOf(cell!.replaceAll("<small>", ", ")).replaceAll(" , ", ", "),
  );
  return cells.join(" | ");
}

function told(
  { country }: RunningCountry,
  title: string,
  number: number,
  { service, ...visit }: PageVisit,
): PageAccount {
  const [client, provider] = [subsystem("portal"), providerOf(service)];
  const asks = partyOf(client, client, serverOf(country, client));
  const answers = partyOf(service, provider, serverOf(country, provider));
  return { event: "page", number, title, scenario, asks, answers, ...visit };
}
