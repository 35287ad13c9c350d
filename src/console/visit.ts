import type { FastifyReply, FastifyRequest } from "fastify";
import type { AdminServices } from "../admin/admin-services.ts";
import { isAllowed, perform } from "../admin/api/perform.ts";
import type { Answered, OpenRoute, Route } from "../admin/api/route.ts";
import { type Caller, callerOf } from "../admin/sign-in/caller.ts";
import { SealwayError } from "../core/errors.ts";
import { cookie, readCookie } from "../web/cookies.ts";
import { isFromUs } from "../web/own-form.ts";
import type { Languages } from "./languages.ts";
import { PageProblem } from "./page-problem.ts";
import type { WordBook } from "./words/word-book.ts";

/** What the pages are made with: the management API's own services, and languages. */
export interface ConsoleServices {
  readonly admin: AdminServices;
  readonly languages: Languages;
  /** Whether the instance is a demonstration: then every page says so. */
  readonly isDemonstration: boolean;
}

/** What a page asks of the management API. */
export interface Given {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  /** The revision that the page was made of, as its form sent it. */
  readonly revision?: string;
}

/** What the management API answered; its body is what the route's schema says. */
export interface Told<Body> extends Answered {
  readonly body: Body & NonNullable<Answered["body"]>;
}

const year = 365 * 24 * 3600;

/** One request of a browser, an attacker's choice in all its parts; and the only way of a page to anything. */
export class Visit {
  readonly services: ConsoleServices;
  readonly method: "GET" | "POST";
  /** Without a query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Tag of the language of the page. */
  readonly language: string;
  /** Who is signed in. */
  readonly caller: Caller | undefined;
  /** Why the form that was sent was not taken; for the page that shows it again. */
  problem: PageProblem | undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #form: URLSearchParams;

  private constructor(
    services: ConsoleServices,
    request: FastifyRequest,
    reply: FastifyReply,
    caller: Caller | undefined,
  ) {
    this.services = services;
    this.caller = caller;
    this.method = request.method === "POST" ? "POST" : "GET";
    this.#request = request;
    this.#reply = reply;
    this.#form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const target = request.raw.url ?? "/";
    const mark = target.indexOf("?");
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : target.slice(mark));
    this.language = this.#chosenLanguage();
  }

  /** @throws SealwayError `form_not_ours` for the form of a stranger's page */
  static async begin(
    services: ConsoleServices,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Visit> {
    const { publicUrl } = services.admin;
    const form = request.body instanceof URLSearchParams ? request.body.getAll("token") : [];
    const caller = await callerOf(services.admin, {
      ...{ authorization: undefined, sessionId: sessionIdOf(publicUrl, request), address: request.ip },
      ...{ formToken: form.length === 1 ? form[0] : undefined, leavesTrace: request.method === "POST" },
      ...cameFrom(request),
    });
    return new Visit(services, request, reply, caller);
  }

  /** The same without whoever is signed in, for what is said of a request that was refused. */
  static ofNobody(services: ConsoleServices, request: FastifyRequest, reply: FastifyReply): Visit {
    return new Visit(services, request, reply, undefined);
  }

  /**
   * Asks the management API, by the rights of whoever is signed in.
   * @throws SealwayError as the API refuses; PageProblem with what more it says
   */
  async ask<Body = unknown>(
    route: Route,
    { params, query, body, revision }: Given = {},
  ): Promise<Told<Body>> {
    this.#checkTrace(route);
    const answered = await perform(this.services.admin, route, this.caller, {
      ...{ params: params ?? {}, query: query ?? {}, body },
      ifMatch: revision === undefined ? undefined : `"${revision}"`,
    });
    return this.#taken(answered);
  }

  /** Asks what somebody may who is not signed in. @param body checked by the caller with the route's schema */
  async askOpenly<Body>(
    route: OpenRoute,
    body: Parameters<OpenRoute["run"]>[0]["body"],
  ): Promise<Told<Body>> {
    const { admin } = this.services;
    // Nobody is signed in by a stranger's page as somebody else than they think.
    if (!isFromUs(admin.publicUrl, cameFrom(this.#request)))
      throw new SealwayError("form_not_ours", "the request comes from another site");
    const sessionId = sessionIdOf(admin.publicUrl, this.#request);
    const address = this.#request.ip;
    return this.#taken(await route.run({ services: admin, body, address, sessionId }));
  }

  /** Whether the roles of whoever is signed in allow it anywhere: links and forms are shown only then. */
  may(route: Route): boolean {
    return this.caller !== undefined && isAllowed(route, this.caller);
  }

  /** For pages that ask nothing of it yet. @throws SealwayError `not_permitted` */
  checkMay(route: Route): void {
    if (!this.may(route)) throw new SealwayError("not_permitted", "no role of the caller's is for that page");
  }

  /** A folder's words in the language of the page. */
  words<Words>(book: WordBook<Words>): Words {
    return this.services.languages.words(this.language, book);
  }

  /** A parameter of the path, as the route has it. */
  parameter(name: string): string {
    return (this.#request.params as Readonly<Record<string, string>>)[name] ?? "";
  }

  /** A field of the form that was sent; empty when it is missing or stands twice. */
  field(name: string): string {
    const values = this.#form.getAll(name);
    return values.length === 1 ? values[0]!.trim() : "";
  }

  /** All values of a field, of boxes that were checked. */
  fieldAll(name: string): readonly string[] {
    return this.#form.getAll(name);
  }

  /** Fields that were filled in, by their names. */
  fields<Name extends string>(...names: readonly Name[]): Partial<Record<Name, string>> {
    return filledIn(names, (name) => this.field(name));
  }

  /** What the query says, by its names. */
  asked<Name extends string>(...names: readonly Name[]): Partial<Record<Name, string>> {
    return filledIn(names, (name) => this.query.get(name)?.trim() ?? "");
  }

  /** Of the forms on the page; undefined for nobody. */
  get formToken(): string | undefined {
    return this.caller?.session?.session.formToken;
  }

  #taken<Body>(answered: Answered): Told<Body> {
    const { problem, session } = answered;
    const { publicUrl } = this.services.admin;
    const set = (value: string, seconds: number | undefined) =>
      this.#reply.header("set-cookie", cookie("session", value, settingsOf(publicUrl), seconds));
    if (session === "ended") set("gone", 0);
    else if (session !== undefined) set(session.id, undefined);
    if (problem !== undefined) throw new PageProblem(answered.status ?? 422, problem);
    return answered as Told<Body>;
  }

  /** A link of a stranger's page changes nothing, and leaves no record in anybody's name. */
  #checkTrace(route: Route): void {
    if (this.method === "POST") return;
    if (route.audit === "fact" || route.audit === "before")
      throw new TypeError(`${route.method} ${route.path} is asked by a form only`);
    const { origin, site } = cameFrom(this.#request);
    const isOwn = site === "none" || isFromUs(this.services.admin.publicUrl, { origin, site });
    if (route.audit === "read" && !isOwn)
      throw new SealwayError("form_not_ours", "another site led to a page that leaves a record");
  }

  #chosenLanguage(): string {
    const { languages, admin } = this.services;
    const { cookie: header, "accept-language": accepted } = this.#request.headers;
    const settings = settingsOf(admin.publicUrl);
    const asked = languages.known(this.query.get("language"));
    if (asked !== undefined) this.#reply.header("set-cookie", cookie("language", asked, settings, year));
    return (
      asked ?? languages.known(readCookie(header, "language", settings)) ?? languages.preferred(accepted)
    );
  }
}

function filledIn<Name extends string>(
  names: readonly Name[],
  textIn: (name: Name) => string,
): Partial<Record<Name, string>> {
  const pairs = names.map((name) => [name, textIn(name)] as const).filter(([, value]) => value !== "");
  return Object.fromEntries(pairs) as Partial<Record<Name, string>>;
}

function sessionIdOf(publicUrl: string, { headers }: FastifyRequest): string | undefined {
  return readCookie(headers.cookie, "session", settingsOf(publicUrl));
}

function cameFrom({ headers }: FastifyRequest) {
  const site = headers["sec-fetch-site"];
  return { origin: headers.origin, site: typeof site === "string" ? site : undefined };
}

function settingsOf(publicUrl: string) {
  return { overHttps: publicUrl.startsWith("https:") };
}
