import type { AdminAnswer, AdminScene } from "../admin/admin-scene.ts";
import { formIn } from "../portal/browser.ts";

/** A page of the console as a browser got it. */
export interface ConsolePage {
  /** Path and query. */
  readonly path: string;
  readonly url: string;
  readonly status: number;
  readonly headers: AdminAnswer["headers"];
  readonly text: string;
}

/** A browser without scripts: cookies kept, redirections followed, forms sent as they stand in the page. */
export class ConsoleBrowser {
  readonly cookies = new Map<string, string>();
  readonly #scene: AdminScene;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(scene: AdminScene, headers: Readonly<Record<string, string>> = { "accept-language": "en" }) {
    this.#scene = scene;
    this.#headers = { accept: "text/html,*/*", ...headers };
  }

  /** A browser in which somebody has signed in. */
  static async of(scene: AdminScene, key: string, headers?: Readonly<Record<string, string>>) {
    const browser = new ConsoleBrowser(scene, headers);
    const entered = await browser.submit(await browser.load("/enter"), "/enter/key", { key });
    if (entered.status !== 200) throw new Error(`not signed in: ${entered.status} ${entered.text}`);
    return browser;
  }

  /** Loads a page and whatever it redirects to. */
  async load(path: string, headers: Readonly<Record<string, string>> = {}): Promise<ConsolePage> {
    return this.#follow(await this.step(path, { headers }));
  }

  /** Sends the form of a page whose action ends so, with its hidden fields, and follows. */
  async submit(
    page: ConsolePage,
    action: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<ConsolePage> {
    const { url, body } = formIn({ ...page, headers: new Headers() }, action, fields);
    return this.#follow(await this.step(new URL(url).pathname, { body }));
  }

  /** Does one request and follows nothing. */
  async step(
    path: string,
    { body, headers = {} }: { body?: URLSearchParams; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<ConsolePage> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const sent = body === undefined ? {} : { origin: this.#scene.url, "sec-fetch-site": "same-origin" };
    const answer = await this.#scene.ask(path, {
      ...(body !== undefined && { method: "POST", body }),
      headers: { ...this.#headers, ...(cookie !== "" && { cookie }), ...sent, ...headers },
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) this.#keep(line);
    const { status, bytes } = answer;
    return {
      path,
      url: `${this.#scene.url}${path}`,
      status,
      headers: answer.headers,
      text: bytes.toString(),
    };
  }

  async #follow(first: ConsolePage): Promise<ConsolePage> {
    let page = first;
    for (let hops = 0; page.status === 303 && hops < 10; hops++)
      page = await this.step(String(page.headers.location));
    return page;
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
    if (/; Max-Age=0/.test(line)) this.cookies.delete(name!);
    else this.cookies.set(name!, value!);
  }
}
