import type { JWK } from "jose";
import type { Clock } from "../../core/clock.ts";
import { isSafeAddress } from "../safe-address.ts";
import { fetchJson, ProviderError } from "./fetch-json.ts";

/** What is taken from a discovery document (OpenID Connect Discovery 1.0 §3). */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly endSessionEndpoint: string | undefined;
  /** Whether answers name the issuer (RFC 9207). */
  readonly namesIssuer: boolean;
}

export interface ClientCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const metadataFor = 3_600_000;
/** A key that is not known yet is looked for this often, milliseconds. */
const keysFor = 10_000;

interface Kept<Value> {
  readonly value: Promise<Value>;
  readonly since: number;
}

/** An OpenID Connect provider, as its client sees it: discovery, keys, and the token endpoint. */
export class ProviderClient {
  readonly #credentials: ClientCredentials;
  readonly #clock: Clock;
  #metadata: Kept<ProviderMetadata> | undefined;
  #origins: ReadonlySet<string>;
  #keys: Kept<readonly JWK[]> | undefined;

  constructor(credentials: ClientCredentials, clock: Clock) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#origins = new Set([new URL(credentials.issuer).origin]);
  }

  /** Where its pages are, as far as is known. */
  get knownOrigins(): ReadonlySet<string> {
    return this.#origins;
  }

  get clientId(): string {
    return this.#credentials.clientId;
  }

  get issuer(): string {
    return this.#credentials.issuer;
  }

  /** @throws ProviderError for a document of another issuer, or one that leads to unsafe places */
  async metadata(): Promise<ProviderMetadata> {
    this.#metadata = this.#renewed(this.#metadata, metadataFor, () => this.#discover());
    return this.#metadata.value.catch((error) => {
      this.#metadata = undefined;
      throw error;
    });
  }

  /**
   * The public key that a token's header names, as the provider publishes it.
   * @param kid the token's, an attacker's choice
   * @throws ProviderError when there is no such key, or several
   */
  async key(kid: string | undefined): Promise<JWK> {
    const found =
      keyIn(await this.#fetchedKeys(metadataFor), kid) ?? keyIn(await this.#fetchedKeys(keysFor), kid);
    if (found === undefined) throw new ProviderError("the provider has no such key");
    return found;
  }

  /**
   * Redeems an authorization code (OpenID Connect Core 1.0 §3.1.3, RFC 7636 §4.5).
   * @returns the ID token
   * @throws ProviderError
   */
  async redeem(code: string, redirectUri: string, verifier: string): Promise<string> {
    const { clientId, clientSecret } = this.#credentials;
    const { tokenEndpoint } = await this.metadata();
    const fields = {
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    // RFC 6749 §2.3.1: both are form-encoded before they are joined.
    const secret = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const answer = await fetchJson(tokenEndpoint, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(secret).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(fields).toString(),
    });
    if (typeof answer.id_token === "string") return answer.id_token;
    throw new ProviderError("the provider gave no ID token");
  }

  async #discover(): Promise<ProviderMetadata> {
    const { issuer } = this.#credentials;
    const found = await fetchJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    if (found.issuer !== issuer) throw new ProviderError("the discovery document is of another issuer");
    const address = (name: string): string => {
      const value = found[name];
      if (typeof value === "string" && isSafeAddress(value)) return value;
      throw new ProviderError(`the discovery document has no safe ${name}`);
    };
    const metadata = {
      issuer,
      authorizationEndpoint: address("authorization_endpoint"),
      tokenEndpoint: address("token_endpoint"),
      jwksUri: address("jwks_uri"),
      endSessionEndpoint:
        found.end_session_endpoint === undefined ? undefined : address("end_session_endpoint"),
      namesIssuer: found.authorization_response_iss_parameter_supported === true,
    };
    const { authorizationEndpoint, endSessionEndpoint = issuer } = metadata;
    this.#origins = new Set(
      [issuer, authorizationEndpoint, endSessionEndpoint].map((place) => new URL(place).origin),
    );
    return metadata;
  }

  async #fetchedKeys(maxAge: number): Promise<readonly JWK[]> {
    this.#keys = this.#renewed(this.#keys, maxAge, async () => {
      const { keys } = await fetchJson((await this.metadata()).jwksUri);
      if (!Array.isArray(keys)) throw new ProviderError("the provider publishes no keys");
      return keys as JWK[];
    });
    return this.#keys.value.catch((error) => {
      this.#keys = undefined;
      throw error;
    });
  }

  #renewed<Value>(kept: Kept<Value> | undefined, maxAge: number, make: () => Promise<Value>): Kept<Value> {
    const now = this.#clock.now();
    return kept !== undefined && now - kept.since < maxAge ? kept : { value: make(), since: now };
  }
}

/** The one signing key of this name; without a name the only one. */
function keyIn(keys: readonly JWK[], kid: string | undefined): JWK | undefined {
  const found = keys.filter((key) => (key.use ?? "sig") === "sig" && (kid === undefined || key.kid === kid));
  return found.length === 1 ? found[0] : undefined;
}
