import { readFile } from "node:fs/promises";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, BrowserContext, CDPSession, Locator, Page } from "playwright-core";

/** The rules of WCAG 2.2, levels A and AA, as axe names them. */
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const pictures = join(import.meta.dirname, "../../.github/screenshots");
const mostPictureBytes = 150 * 1024;
/** Presses of Tab until whatever is on a page was reached. */
const mostPresses = 150;

export interface VisitorOptions {
  /** What the browser asks for, `zh-CN`. */
  readonly language?: string;
  /** Whether pages may run scripts: none needs any, and where they may, one that was smuggled in would be seen. */
  readonly scripts: "off" | "on";
  /** Where pages may load anything from. */
  readonly origins: readonly string[];
}

/** Somebody at a browser of their own, with a keyboard only, and what was wrong with the pages that they saw. */
export class Visitor {
  readonly page: Page;
  /** What no page may do: scripts, dialogs, what the content policy stopped, requests to others. */
  readonly faults: string[] = [];
  /** Paths of pages that were loaded, in order. */
  readonly visited: string[] = [];
  readonly #context: BrowserContext;
  readonly #scripts: VisitorOptions["scripts"];
  #protocol: CDPSession | undefined;
  /** Bytes that came since the last page began to load. */
  #bytes = 0;

  private constructor(context: BrowserContext, page: Page, { origins, scripts }: VisitorOptions) {
    this.#context = context;
    this.#scripts = scripts;
    this.page = page;
    this.#watch(origins);
  }

  static async arrive(browser: Browser, options: VisitorOptions): Promise<Visitor> {
    const { language = "en-GB", scripts } = options;
    const context = await browser.newContext({
      ...{ locale: language, javaScriptEnabled: scripts === "on", ignoreHTTPSErrors: true },
      ...{ viewport: { width: 1280, height: 800 }, acceptDownloads: true },
    });
    // Without a page that waits for ever: what does not come within this was not there.
    context.setDefaultTimeout(20_000);
    return new Visitor(context, await context.newPage(), options);
  }

  /** All that was loaded for the page that is shown, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }

  /** @returns the status of the answer */
  async open(url: string): Promise<number | undefined> {
    return (await this.page.goto(url))?.status();
  }

  /** What is at an address, for whoever is signed in here, without going there. */
  async peek(url: string): Promise<{ readonly status: number; readonly isPage: boolean }> {
    const answer = await this.#context.request.get(url, { ignoreHTTPSErrors: true });
    const { "content-disposition": kept, "content-type": type = "" } = answer.headers();
    return { status: answer.status(), isPage: kept === undefined && type.startsWith("text/html") };
  }

  /**
   * Goes to a link or button by Tab and presses Enter; resolves when the next page is loaded.
   * @param within selects the part of the page
   */
  async follow(role: "link" | "button", name: string | RegExp, within = "body"): Promise<void> {
    await this.reach(this.#named(role, name, within));
    await this.enter();
  }

  /** Presses a button behind which there is a file. @returns its name and bytes */
  async download(button: string, within: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
    await this.reach(this.#named("button", button, within));
    const coming = this.page.waitForEvent("download");
    await this.page.keyboard.press("Enter");
    const download = await coming;
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
  }

  /** Presses Enter where the focus is; resolves when the next page is loaded. */
  async enter(): Promise<void> {
    const loaded = this.page.waitForEvent("load");
    await this.page.keyboard.press("Enter");
    await loaded;
  }

  /** Goes to a field by Tab and types into it, in place of what stood there. */
  async fill(label: string | RegExp, text: string, within = "body"): Promise<void> {
    await this.reach(this.#labelled(label, within));
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.type(text);
  }

  /** Goes to a list by Tab and types until the choice is the one whose text begins so. */
  async choose(label: string | RegExp, text: string, within = "body"): Promise<void> {
    const list = this.#labelled(label, within);
    await this.reach(list);
    await this.page.keyboard.type(text);
    const chosen = await list.locator("option:checked").textContent();
    if (!chosen?.startsWith(text)) throw new Error(`${chosen} is chosen, not ${text}`);
  }

  /** Goes to a field for a file by Tab, opens it and chooses the file. */
  async attach(label: string | RegExp, file: string, within = "body"): Promise<void> {
    await this.reach(this.#labelled(label, within));
    const asked = this.page.waitForEvent("filechooser");
    await this.page.keyboard.press("Space");
    await (await asked).setFiles(file);
  }

  /** Goes to a folded part of the page by Tab and opens it. */
  async unfold(title: string): Promise<void> {
    await this.reach(this.page.locator("summary", { hasText: title }));
    await this.page.keyboard.press("Enter");
  }

  /** Goes to a box by Tab and ticks it. */
  async tick(label: string | RegExp, within = "body"): Promise<void> {
    await this.reach(this.#labelled(label, within));
    await this.page.keyboard.press("Space");
  }

  /**
   * Presses Tab until the element has the focus, and sees that one can see it.
   * @throws Error when it is never reached
   */
  async reach(element: Locator): Promise<void> {
    await element.waitFor();
    for (let presses = 0; presses < mostPresses; presses++) {
      if (await element.evaluate((one) => one === one.ownerDocument.activeElement))
        return this.#seeFocus(element);
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${element} is not reached by the keyboard on ${this.page.url()}`);
  }

  /**
   * Takes a picture of the page for the README, where the environment asks for them (`SCREENSHOTS=1`).
   * @param from what is to stand at its top; the page's own top unless told
   */
  async picture(name: string, from?: Locator): Promise<void> {
    if (process.env.SCREENSHOTS === undefined) return;
    // Nothing has the focus: it would be drawn where the keyboard was last.
    await this.page.locator("body").evaluate((body) => body.ownerDocument.activeElement?.blur());
    await from?.evaluate((one) => one.scrollIntoView());
    const path = join(pictures, `${name}.png`);
    const take = () => this.page.screenshot({ path, animations: "disabled" });
    // The first one has the browser draw what it scrolled to.
    await take();
    const { length } = await take();
    if (length > mostPictureBytes) throw new Error(`the picture ${name} has ${length} bytes`);
  }

  /** Where links of the page lead to, of its own site: path and query. */
  async links(): Promise<readonly string[]> {
    return this.page
      .locator("a[href^='/']")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
  }

  /** The text of the page, without what stands on every page. */
  async says(): Promise<string> {
    return (await this.page.getByRole("main").textContent()) ?? "";
  }

  /**
   * What axe finds on the page that is serious or critical: rule, what it is about, where.
   * @param leaves out the contrast of colours, half of its work, where the same page was looked at in another language
   */
  async barriers(leaves: "nothing" | "contrast" = "nothing"): Promise<string[]> {
    const disabled = leaves === "contrast" ? ["color-contrast"] : [];
    const { violations } = await this.#withScripts(() => {
      const axe = new AxeBuilder({ page: this.page }).withTags(rules).disableRules(disabled);
      return axe.setLegacyMode(true).analyze();
    });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`))
      .map((found) => `${this.#path()}: ${found}`);
  }

  /** axe waits by timers, which a page without scripts has not: for it alone they run, when the page has long been read. */
  async #withScripts<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#scripts === "on") return work();
    this.#protocol ??= await this.#context.newCDPSession(this.page);
    const forbid = (value: boolean) =>
      this.#protocol!.send("Emulation.setScriptExecutionDisabled", { value });
    // This session has to have forbidden them itself before it can allow them.
    await forbid(true);
    await forbid(false);
    try {
      return await work();
    } finally {
      await forbid(true);
    }
  }

  #named(role: "link" | "button", name: string | RegExp, within: string): Locator {
    return this.page
      .locator(within)
      .getByRole(role, { name, exact: typeof name === "string" })
      .first();
  }

  #labelled(label: string | RegExp, within: string): Locator {
    return this.page
      .locator(within)
      .getByLabel(label, { exact: typeof label === "string" })
      .first();
  }

  async #seeFocus(element: Locator): Promise<void> {
    const isSeen = await element.evaluate((one) => {
      const { boxShadow, outlineStyle } = one.ownerDocument.defaultView!.getComputedStyle(one);
      return outlineStyle !== "none" || boxShadow !== "none";
    });
    if (!isSeen) this.faults.push(`${this.#path()}: the focus on ${element} is not to be seen`);
  }

  #path(): string {
    return new URL(this.page.url()).pathname;
  }

  #watch(origins: readonly string[]): void {
    const { faults, page } = this;
    const fault = (what: string) => void faults.push(`${page.url()}: ${what}`);
    page.on("dialog", async (dialog) => {
      fault(`a dialog says ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on("pageerror", ({ message }) => fault(`a script failed: ${message}`));
    page.on("console", (message) => {
      if (!isOfStatus.test(message.text())) fault(`the console says ${message.text()}`);
    });
    // The browser is told to leave the choice of a file to us when somebody first listens: here, before a key is pressed.
    page.on("filechooser", () => {});
    page.on("popup", () => fault("it opened another page"));
    page.on("request", (request) => {
      const { origin } = new URL(request.url());
      if (!origins.includes(origin)) fault(`it asks ${request.url()}`);
      if (!loadable.has(request.resourceType())) fault(`it loads a ${request.resourceType()}`);
      if (request.isNavigationRequest()) this.#bytes = 0;
    });
    page.on("response", (response) => {
      if (!response.ok() && response.request().resourceType() !== "document") fault(`no ${response.url()}`);
    });
    page.on("requestfinished", async (request) => {
      const sizes = await request.sizes().catch(() => undefined);
      this.#bytes += (sizes?.responseBodySize ?? 0) + (sizes?.responseHeadersSize ?? 0);
    });
    page.on("load", () => void this.visited.push(this.#path()));
  }
}

/** Of a page that says that something is not there: `response` tells whether it is the page itself. */
const isOfStatus = /^Failed to load resource: the server responded with a status of \d+/;
const loadable = new Set(["document", "stylesheet", "image"]);
