/** A client that the provider knows. */
export interface RegisteredClient {
  readonly id: string;
  readonly secret: string;
  /** Compared as text (RFC 9700 §2.1). */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Who stands on its sign-in page: anybody can sign in. */
  readonly offers: "citizens" | "officers";
}

/** Levels of assurance that the provider reaches, best first (Regulation (EU) 2015/1502). */
export const levels = ["high", "substantial", "low"].map((level) => `http://eidas.europa.eu/LoA/${level}`);

/** What a client asks for (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636 §4.3). */
export interface AuthorizationRequest {
  readonly client: RegisteredClient;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  readonly codeChallenge: string;
  /** Levels that are wanted, in the client's order; empty for any. */
  readonly acrValues: readonly string[];
  /** Seconds. */
  readonly maxAge: number | undefined;
  readonly prompt: "none" | "login" | undefined;
}

/** `unsafe`: nothing may be sent anywhere; `refused`: the client is told. */
export type ReadRequest =
  | { readonly kind: "request"; readonly request: AuthorizationRequest }
  | { readonly kind: "unsafe"; readonly problem: string }
  | {
      readonly kind: "refused";
      readonly redirectUri: string;
      readonly state: string | undefined;
      readonly error: string;
    };

/** Reads an authorization request. @param query a stranger's choice */
export function readAuthorizationRequest(
  query: URLSearchParams,
  clients: readonly RegisteredClient[],
): ReadRequest {
  const client = clients.find(({ id }) => id === once(query, "client_id"));
  if (client === undefined) return { kind: "unsafe", problem: "This client is not registered." };
  const redirectUri = once(query, "redirect_uri");
  if (redirectUri === undefined || !client.redirectUris.includes(redirectUri)) {
    return { kind: "unsafe", problem: "This client is not registered for this address." };
  }
  const state = once(query, "state");
  const error = errorIn(query);
  if (error !== undefined) return { kind: "refused", redirectUri, state, error };
  const maxAge = once(query, "max_age");
  const request = {
    ...{ client, redirectUri, state },
    nonce: once(query, "nonce"),
    codeChallenge: once(query, "code_challenge")!,
    acrValues: (once(query, "acr_values") ?? "").split(" ").filter((value) => value !== ""),
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    prompt: once(query, "prompt") as AuthorizationRequest["prompt"],
  };
  return { kind: "request", request };
}

function errorIn(query: URLSearchParams): string | undefined {
  if ([...query.keys()].some((name) => query.getAll(name).length > 1)) return "invalid_request";
  if (once(query, "response_type") !== "code") return "unsupported_response_type";
  if (!once(query, "scope")?.split(" ").includes("openid")) return "invalid_scope";
  const hasChallenge = /^[A-Za-z0-9_-]{43}$/.test(once(query, "code_challenge") ?? "");
  if (!hasChallenge || once(query, "code_challenge_method") !== "S256") return "invalid_request";
  if (!/^\d{1,8}$/.test(once(query, "max_age") ?? "0")) return "invalid_request";
  return ["none", "login"].includes(once(query, "prompt") ?? "login") ? undefined : "invalid_request";
}

function once(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}
