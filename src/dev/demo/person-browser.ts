/** A page as a browser got it. */
export interface Page {
  readonly url: string;
  /** HTML. */
  readonly text: string;
  /** Where it leads by itself; null when it is there to be read. */
  readonly next: string | null;
}

const mostRedirects = 10;

/**
 * A browser as far as a person of the demonstration needs one: it keeps cookies, follows redirections, and sends the
 * forms that stand in a page. It runs no script, since the portal has none.
 */
export class PersonBrowser {
  /** By name alone: cookies of one host, whatever the port. */
  readonly #cookies = new Map<string, string>();

  /** Opens an address and goes where it leads. @throws Error of the network, or when it is no page at the end */
  async open(url: string): Promise<Page> {
    return this.follow(await this.#get(url, {}));
  }

  /**
   * Presses the button of the form whose action ends so.
   * @param fields what the person filled in
   * @returns what comes at once, a redirection for instance
   * @throws Error when the page has no such form
   */
  send(page: Page, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = [...page.text.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)].find(
      ([, path]) => path!.endsWith(action),
    );
    if (form === undefined) throw new Error(`${page.url} has no form for ${action}`);
    const hidden = form[2]!.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
    const body = new URLSearchParams(
      [...hidden].map(([, name, value]): [string, string] => [name!, textOf(value!)]),
    );
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const { origin } = new URL(page.url);
    return this.#get(new URL(form[1]!, page.url).href, {
      method: "POST",
      headers: { origin, "sec-fetch-site": "same-origin" },
      body,
    });
  }

  /** Goes where a page leads, until one is there to be read, or would lead to the path. */
  async follow(page: Page, until?: string): Promise<Page> {
    let reached = page;
    for (let hops = 0; reached.next !== null && hops < mostRedirects; hops++) {
      if (new URL(reached.next).pathname === until) return reached;
      reached = await this.#get(reached.next, {});
    }
    return reached;
  }

  async #get(url: string, init: RequestInit): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...init.headers, cookie, "accept-language": "en" };
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (line.includes("; Max-Age=0")) this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    const text = await answer.text();
    const location = answer.headers.get("location");
    if (location === null && !answer.ok) throw new Error(`${url} answers ${answer.status}: ${textOf(text)}`);
    return { url, text, next: location === null ? null : new URL(location, url).href };
  }
}

const entities: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

/** What a piece of a page says, without its tags. */
export function textOf(html: string): string {
  const words = html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  return words.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity]!).trim();
}
