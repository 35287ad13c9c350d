import type { FastifyReply, FastifyRequest } from "fastify";
import { type CookieName, cookie, readCookie } from "../web/cookies.ts";
import { isOwnForm } from "../web/own-form.ts";
import { type Language, languageOf, languages, preferredLanguage } from "./languages.ts";
import { type Content, pageFor, type Reader } from "./pages/page.ts";
import { problemPage } from "./pages/problem-page.ts";
import type { PortalServices } from "./portal-services.ts";
import type { Session } from "./session.ts";
import type { ProblemName } from "./words/english.ts";

const statuses: Readonly<Record<ProblemName, number>> = {
  "not-found": 404,
  "bad-request": 400,
  "other-site": 403,
  "sign-in-failed": 400,
  "sign-in-stopped": 403,
  "another-person": 403,
  "session-ended": 403,
  "not-asked": 503,
  unavailable: 503,
};

const year = 365 * 24 * 3600;

/** One request of a browser, an attacker's choice in all its parts, and the answer to it. */
export class Visit {
  readonly portal: PortalServices;
  readonly query: URLSearchParams;
  readonly sessionId: string | undefined;
  /** Of whoever is signed in. */
  readonly session: Session | undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #path: string;
  readonly #language: Language;

  constructor(portal: PortalServices, request: FastifyRequest, reply: FastifyReply) {
    this.portal = portal;
    this.#request = request;
    this.#reply = reply;
    const target = request.raw.url ?? "/";
    const mark = target.indexOf("?");
    this.#path = mark < 0 ? target : target.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : target.slice(mark));
    this.sessionId = this.cookie("session");
    this.session = portal.sessions.use(this.sessionId);
    this.#language = this.#chosenLanguage();
  }

  get language(): Language {
    return this.#language;
  }

  cookie(name: CookieName): string | undefined {
    return readCookie(this.#request.headers.cookie, name, this.portal.cookies);
  }

  /** @param seconds undefined until the browser is closed, 0 takes it away */
  setCookie(name: CookieName, value: string, seconds: number | undefined): void {
    this.#reply.header("set-cookie", cookie(name, value, this.portal.cookies, seconds));
  }

  /** A parameter of the path, as the route has it. */
  parameter(name: string): string {
    return (this.#request.params as Readonly<Record<string, string>>)[name] ?? "";
  }

  /** A field of a form; empty when it is missing or stands twice. */
  field(name: string): string {
    const values = (this.#request.body instanceof URLSearchParams ? this.#request.body : empty).getAll(name);
    return values.length === 1 ? values[0]! : "";
  }

  /** Whether a page of somebody else's led here, as far as the browser says (Fetch Metadata). */
  isLedHere(): boolean {
    const site = this.#request.headers["sec-fetch-site"];
    return site === "cross-site" || site === "same-site";
  }

  /** Whether a form comes from a page of this very session. */
  isOwnForm(): boolean {
    const { origin, "sec-fetch-site": site } = this.#request.headers;
    return isOwnForm(this.portal.publicUrl, { origin, site }, this.field("token"), this.session?.formToken);
  }

  get reader(): Reader {
    const { session } = this;
    return {
      language: this.#language,
      words: languages[this.#language],
      path: ownPath.test(this.#path) ? this.#path : "/",
      query: this.#request.method === "GET" ? this.query : null,
      signedIn: session === undefined ? null : signedIn(session, this.portal.powers.isOpen),
      demonstration: this.portal.gateways.isDemonstration,
    };
  }

  show(content: Content, status = 200): FastifyReply {
    return this.showAs(this.reader, content, status);
  }

  showAs(reader: Reader, content: Content, status = 200): FastifyReply {
    const page = pageFor(reader, content).toString();
    return this.#reply.code(status).type("text/html; charset=utf-8").send(page);
  }

  problem(name: ProblemName): FastifyReply {
    return this.show(problemPage(this.reader, name), statuses[name]);
  }

  /** Problem of somebody who is not signed in, or not any more. */
  problemSignedOut(name: ProblemName): FastifyReply {
    const reader = { ...this.reader, signedIn: null };
    return this.showAs(reader, problemPage(reader, name), statuses[name]);
  }

  /** @param to a path of the portal, or an address of the identity provider: nothing that a request says */
  redirect(to: string): FastifyReply {
    return this.#reply.redirect(to, 303);
  }

  #chosenLanguage(): Language {
    const asked = languageOf(this.query.get("language") ?? undefined);
    if (asked !== undefined) this.setCookie("language", asked, year);
    return (
      asked ??
      languageOf(this.cookie("language")) ??
      preferredLanguage(this.#request.headers["accept-language"])
    );
  }
}

function signedIn({ acting, formToken, person }: Session, mayAct: boolean): NonNullable<Reader["signedIn"]> {
  return { name: person.name, formToken, actsFor: acting?.name ?? null, mayAct };
}

const empty = new URLSearchParams();
const ownPath = /^(?:\/|(?:\/[A-Za-z0-9._~-]{1,100}){1,6})$/;
