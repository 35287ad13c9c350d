import { equalSecret, sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { randomOctets } from "../../core/random.ts";
import { checkIdToken, type ProvenPerson } from "./check-id-token.ts";
import { ProviderError } from "./fetch-json.ts";
import type { ProviderClient } from "./provider-client.ts";

/** Where the provider sends browsers back to, below the site's origin. */
export const signedInPath = "/signed-in";

/** How long somebody may take to sign in, milliseconds. */
export const errandFor = 600_000;

/** A sign-in that a browser was sent away for. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  /** PKCE code verifier (RFC 7636). */
  readonly verifier: string;
  /** Milliseconds since the epoch; null where an earlier sign-in does. */
  readonly freshSince: number | null;
}

/** How somebody is to sign in: as they like, or anew, for an act whose text has this digest. */
export type SignInKind =
  | { readonly kind: "any" }
  /** @param nonce base64url SHA-256 of the text that was shown */
  | { readonly kind: "fresh"; readonly nonce: string };

/** The provider said that nobody signed in: its code (`access_denied`), which is one of its standard's. */
export class NotSignedIn extends Error {
  override readonly name = "NotSignedIn";
}

/** Authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9700). */
export class SignInDesk {
  readonly #provider: ProviderClient;
  readonly #redirectUri: string;
  readonly #acr: readonly string[];
  readonly #clock: Clock;

  /** @param redirectUri the one that is registered */
  constructor(provider: ProviderClient, redirectUri: string, acr: readonly string[], clock: Clock) {
    this.#provider = provider;
    this.#redirectUri = redirectUri;
    this.#acr = acr;
    this.#clock = clock;
  }

  /** @returns where the browser is to go, and what to remember for it. @throws ProviderError */
  async begin(
    how: SignInKind,
    language: string,
  ): Promise<{ readonly url: string; readonly pending: PendingSignIn }> {
    const { authorizationEndpoint } = await this.#provider.metadata();
    const pending = {
      state: secret(),
      nonce: how.kind === "fresh" ? how.nonce : secret(),
      verifier: secret(),
      freshSince: how.kind === "fresh" ? this.#clock.now() : null,
    };
    const url = new URL(authorizationEndpoint);
    const parameters = {
      ...{ response_type: "code", scope: "openid profile", client_id: this.#provider.clientId },
      ...{ redirect_uri: this.#redirectUri, state: pending.state, nonce: pending.nonce },
      ...{ code_challenge: sha256Base64Url(pending.verifier), code_challenge_method: "S256" },
      ...{ acr_values: this.#acr.join(" "), ui_locales: language },
      ...(how.kind === "fresh" && { max_age: "0", prompt: "login" }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url: url.href, pending };
  }

  /**
   * Judges what a browser came back with.
   * @param query an attacker's choice
   * @throws ProviderError when it does not fit what was begun; NotSignedIn when the person did not sign in
   */
  async finish(query: URLSearchParams, pending: PendingSignIn): Promise<ProvenPerson> {
    const { namesIssuer } = await this.#provider.metadata();
    const [state, code, issuer, error] = ["state", "code", "iss", "error"].map((name) => once(query, name));
    if (state === undefined || !equalSecret(Buffer.from(state), Buffer.from(pending.state)))
      throw new ProviderError("the answer is to another sign-in");
    if (issuer !== undefined ? issuer !== this.#provider.issuer : namesIssuer)
      throw new ProviderError("the answer is of another provider");
    if (error !== undefined) throw new NotSignedIn(knownErrors.has(error) ? error : "unknown");
    if (code === undefined || code.length > 2048) throw new ProviderError("the answer has no code");
    const idToken = await this.#provider.redeem(code, this.#redirectUri, pending.verifier);
    const { nonce, freshSince } = pending;
    const expected = { nonce, acr: this.#acr, signedInSince: freshSince, now: this.#clock.now() };
    return checkIdToken(idToken, this.#provider, expected);
  }

  /** Where a browser goes to end its session at the provider; undefined when that has no such place. */
  async endOfSession(afterwards: string): Promise<string | undefined> {
    const { endSessionEndpoint } = await this.#provider.metadata();
    if (endSessionEndpoint === undefined) return undefined;
    const url = new URL(endSessionEndpoint);
    // No id_token_hint: it would write who signs out into an address.
    url.searchParams.set("client_id", this.#provider.clientId);
    url.searchParams.set("post_logout_redirect_uri", afterwards);
    return url.href;
  }
}

/** OpenID Connect Core 1.0 §3.1.2.6, RFC 6749 §4.1.2.1: what a log may repeat. */
const knownErrors: ReadonlySet<string> = new Set([
  ...["access_denied", "login_required", "interaction_required", "consent_required", "invalid_request"],
  ...["account_selection_required", "server_error", "temporarily_unavailable", "invalid_scope"],
  ...["unauthorized_client", "unsupported_response_type", "unmet_authentication_requirements"],
]);

function once(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

function secret(): string {
  return randomOctets(32).toString("base64url");
}
