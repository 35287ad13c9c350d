import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import type { Clock } from "../../core/clock.ts";
import { randomOctets } from "../../core/random.ts";
import type { Country } from "../registers/country.ts";
import { readBody } from "../registers/read-body.ts";
import { type Answer, jsonAnswer, pageAnswer, redirect, sendAnswer, textAnswer } from "./answers.ts";
import {
  type AuthorizationRequest,
  levels,
  type RegisteredClient,
  readAuthorizationRequest,
} from "./authorization-request.ts";
import { authenticatedClient, CodeDesk } from "./code-desk.ts";
import { makeIdToken, publicPart, type SignedIn } from "./id-token.ts";
import { type Fault, type ProviderKnobs, turnKnobs } from "./knobs.ts";
import { accountOf, offeredAccounts } from "./people.ts";
import { problemPage, signInPage, style } from "./sign-in-page.ts";

export interface ProviderOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** With its private part. */
  readonly key: JWK;
  readonly clients: readonly RegisteredClient[];
  readonly country: Country;
  readonly clock: Clock;
}

export interface RunningProvider {
  /** `http://127.0.0.1:port` */
  readonly issuer: string;
  readonly knobs: ProviderKnobs;
  close(): Promise<void>;
}

type Handler = (call: Call) => Answer | Promise<Answer>;

interface Call {
  readonly query: URLSearchParams;
  /** Of a POST. */
  readonly text: string;
  readonly request: IncomingMessage;
}

/** Starts an OpenID Connect provider on loopback. */
export async function startIdentityProvider(options: ProviderOptions): Promise<RunningProvider> {
  const provider = new IdentityProvider(options);
  const server = createServer((request, response) => {
    provider.answer(request).then(
      (answer) => sendAnswer(response, answer),
      () => response.destroy(),
    );
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  provider.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer: provider.issuer,
    knobs: provider.knobs,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const mostBody = 16_384;
const sessionCookie = "demonstration-provider";

class IdentityProvider {
  issuer = "";
  readonly knobs: ProviderKnobs = { fault: "none" };
  readonly #options: ProviderOptions;
  readonly #codes: CodeDesk;
  /** Requests for which somebody sees the sign-in page. */
  readonly #waiting = new Map<string, AuthorizationRequest>();
  readonly #sessions = new Map<string, SignedIn>();

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.#codes = new CodeDesk(options.clock);
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://provider.invalid");
    const handler = this.#handlers[`${request.method} ${url.pathname}`];
    if (handler === undefined) return textAnswer(404, "text/plain", "not found\n");
    const text = (await readBody(request, mostBody))?.toString("utf8") ?? "";
    return handler({ query: url.searchParams, text, request });
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    "GET /.well-known/openid-configuration": () => jsonAnswer(200, this.#discovery()),
    "GET /jwks": () => jsonAnswer(200, { keys: [publicPart(this.#options.key)] }),
    "GET /style.css": () => textAnswer(200, "text/css", style),
    "GET /knobs": () => jsonAnswer(200, this.knobs),
    "POST /knobs": ({ text }) => {
      const problem = turnKnobs(this.knobs, text);
      return problem === undefined ? jsonAnswer(200, this.knobs) : jsonAnswer(400, { problem });
    },
    "GET /authorize": (call) => this.#authorize(call),
    "POST /sign-in": (call) => this.#signIn(call),
    "POST /token": (call) => this.#token(call),
    "GET /end-session": (call) => this.#endSession(call),
  };

  #discovery(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/end-session`,
      response_types_supported: ["code"],
      grant_types_supported: ["authorization_code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      code_challenge_methods_supported: ["S256"],
      scopes_supported: ["openid", "profile"],
      claims_supported: ["sub", "name", "given_name", "family_name", "auth_time", "acr", "nonce"],
      acr_values_supported: levels,
      prompt_values_supported: ["none", "login"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  #authorize({ query, request }: Call): Answer {
    const read = readAuthorizationRequest(query, this.#options.clients);
    if (read.kind === "unsafe") return pageAnswer(400, problemPage(read.problem));
    if (read.kind === "refused") return this.#goBack(read, { error: read.error });
    const signedIn = this.#sessions.get(cookieOf(request) ?? "");
    if (signedIn !== undefined && this.#isEnough(signedIn, read.request))
      return this.#goBack(read.request, { code: this.#codes.issue(read.request, signedIn) });
    if (read.request.prompt === "none") return this.#goBack(read.request, { error: "login_required" });
    return this.#ask(read.request, undefined);
  }

  /** An earlier sign-in that the client asks nothing more than. */
  #isEnough({ authTime, acr }: SignedIn, { prompt, maxAge, acrValues }: AuthorizationRequest): boolean {
    if (prompt === "login" || (acrValues.length > 0 && !acrValues.includes(acr))) return false;
    return maxAge === undefined || (maxAge > 0 && this.#seconds() - authTime <= maxAge);
  }

  #ask(request: AuthorizationRequest, problem: string | undefined): Answer {
    const id = randomOctets(16).toString("base64url");
    this.#waiting.set(id, request);
    const { clock, country } = this.#options;
    const accounts = offeredAccounts[request.client.offers](country, clock.now());
    const origins = request.client.redirectUris.map((uri) => new URL(uri).origin);
    return pageAnswer(200, signInPage(id, request, accounts, problem), origins);
  }

  #signIn({ text, request }: Call): Answer {
    const form = new URLSearchParams(text);
    const { origin } = request.headers;
    const id = form.get("request") ?? "";
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (asked === undefined || (origin !== undefined && origin !== this.issuer))
      return pageAnswer(400, problemPage("This page is out of date. Go back to where you came from."));
    if (form.get("choice") === "cancel") return this.#goBack(asked, { error: "access_denied" });
    const { country, clock } = this.#options;
    const account = accountOf(country, form.get("code") || form.get("person") || "", clock.now());
    const acr = form.get("acr") ?? "";
    if (account === undefined || !levels.includes(acr))
      return this.#ask(asked, "Nobody who lives has this code.");
    const signedIn = { account, authTime: this.#seconds(), acr };
    const session = randomOctets(16).toString("base64url");
    this.#sessions.set(session, signedIn);
    return this.#goBack(
      asked,
      { code: this.#codes.issue(asked, signedIn) },
      { "set-cookie": `${sessionCookie}=${session}; Path=/; HttpOnly; SameSite=Lax` },
    );
  }

  async #token({ text, request }: Call): Promise<Answer> {
    const client = authenticatedClient(request.headers.authorization, this.#options.clients);
    if (client === undefined) return jsonAnswer(401, { error: "invalid_client" });
    const grant = this.#codes.redeem(client, new URLSearchParams(text));
    if (grant === undefined) return jsonAnswer(400, { error: "invalid_grant" });
    const fault = this.knobs.fault as Fault;
    const { key } = this.#options;
    const token = await makeIdToken(key, this.issuer, grant.request, grant.signedIn, this.#seconds(), fault);
    const access = {
      access_token: randomOctets(16).toString("base64url"),
      token_type: "Bearer",
      expires_in: 60,
    };
    return jsonAnswer(200, { ...access, id_token: token });
  }

  #endSession({ query, request }: Call): Answer {
    this.#sessions.delete(cookieOf(request) ?? "");
    const client = this.#options.clients.find(({ id }) => id === query.get("client_id"));
    const target = query.get("post_logout_redirect_uri") ?? "";
    if (client?.postLogoutRedirectUris.includes(target)) return redirect(target);
    return pageAnswer(200, problemPage("You are signed out."));
  }

  #goBack(
    { redirectUri, state }: Pick<AuthorizationRequest, "redirectUri" | "state">,
    outcome: Readonly<Record<string, string>>,
    headers: Answer["headers"] = {},
  ): Answer {
    const url = new URL(redirectUri);
    const parameters = { ...outcome, ...(state !== undefined && { state }), iss: this.issuer };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return redirect(url.href, headers);
  }

  #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }
}

function cookieOf({ headers }: IncomingMessage): string | undefined {
  return new RegExp(`(?:^|; )${sessionCookie}=([\\w-]+)`).exec(headers.cookie ?? "")?.[1];
}
