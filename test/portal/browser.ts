/** A page as a browser got it. */
export interface Loaded {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser without scripts: cookies by host, redirections followed, forms sent as they stand in the page. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Every address that it went to. */
  readonly visited: string[] = [];
  readonly #headers: Readonly<Record<string, string>>;

  constructor(headers: Readonly<Record<string, string>> = { "accept-language": "en" }) {
    this.#headers = headers;
  }

  /** Loads a page and whatever it redirects to. */
  async load(url: string, init: RequestInit = {}): Promise<Loaded> {
    let page = await this.step(url, init);
    for (let hops = 0; page.status >= 300 && page.status < 400 && hops < 10; hops++) {
      page = await this.step(new URL(page.headers.get("location")!, page.url).href);
    }
    return page;
  }

  /** Loads one page and follows nothing. */
  async step(url: string, init: RequestInit = {}): Promise<Loaded> {
    this.visited.push(url);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...this.#headers, ...(cookie !== "" && { cookie }), ...(init.headers as object) };
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return { url, status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
    if (/; Max-Age=0/.test(line)) this.cookies.delete(name!);
    else this.cookies.set(name!, value!);
  }

  /** Sends the form of a page whose action ends so, with its hidden fields. */
  submit(page: Loaded, action: string, fields: Readonly<Record<string, string>> = {}): Promise<Loaded> {
    const { url, body } = formIn(page, action, fields);
    return this.load(url, post(body, new URL(page.url).origin));
  }
}

/** A form of a page, filled in. */
export function formIn(
  page: Loaded,
  action: string,
  fields: Readonly<Record<string, string>> = {},
): { readonly url: string; readonly body: URLSearchParams } {
  const forms = [...page.text.matchAll(/<form method="post" action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)];
  const found = forms.find(([, path]) => path!.endsWith(action));
  if (found === undefined) throw new Error(`no form for ${action} in ${page.text}`);
  const hidden = [...found[2]!.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const body = new URLSearchParams(
    hidden.map(([, name, value]): [string, string] => [name!, textOf(value!)]),
  );
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return { url: new URL(found[1]!, page.url).href, body };
}

/** What pages escape, as browsers read it. */
export function textOf(escaped: string): string {
  const characters: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return escaped.replace(/&([a-z]+|#39);/g, (_, name: string) => characters[name]!);
}

/** A form as browsers send it. */
export function post(body: URLSearchParams, origin: string): RequestInit {
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    origin,
    "sec-fetch-site": "same-origin",
  };
  return { method: "POST", headers, body: body.toString() };
}
