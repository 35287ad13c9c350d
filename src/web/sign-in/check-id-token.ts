import { decodeProtectedHeader, errors, importJWK, type JWK, type JWTPayload, jwtVerify } from "jose";
import { ProviderError } from "./fetch-json.ts";
import type { ProviderClient } from "./provider-client.ts";

/** What a sign-in that was asked for must have led to. */
export interface ExpectedToken {
  readonly nonce: string;
  /** Levels of assurance that are enough. */
  readonly acr: readonly string[];
  /** Milliseconds since the epoch: whoever signed in before that does not count; null where any sign-in does. */
  readonly signedInSince: number | null;
  readonly now: number;
}

/** Who signed in, by a provider's word. */
export interface ProvenPerson {
  /** The claim `sub`: a personal identifier. */
  readonly identifier: string;
  /** For the page alone. */
  readonly name: string;
  readonly acr: string;
  /** What proves it to others. */
  readonly idToken: string;
}

/** What a key may sign by: its own kind decides, never the token alone. */
const algorithms: Readonly<Record<string, readonly string[]>> = { EC: ["ES256"], RSA: ["RS256"] };

/** By how much clocks may differ, seconds. */
const tolerance = 10;
/** A token that is older than this was not made for us just now, seconds. */
const oldest = 300;
const mostTokenLength = 16_384;

/**
 * Verifies an ID token (OpenID Connect Core 1.0 §3.1.3.7), an attacker's choice as far as the provider is one.
 * @throws ProviderError which says what is wrong with it, and names nobody
 */
export async function checkIdToken(
  idToken: string,
  provider: ProviderClient,
  expected: ExpectedToken,
): Promise<ProvenPerson> {
  if (idToken.length > mostTokenLength) throw new ProviderError("the ID token is too long");
  const key = await provider.key(headerOf(idToken).kid);
  const payload = await verified(idToken, key, provider, expected.now);
  const { sub, acr, name } = payload;
  for (const [problem, isRight] of rules(payload, expected, provider)) {
    if (!isRight) throw new ProviderError(`the ID token ${problem}`);
  }
  const shownName = typeof name === "string" ? name.slice(0, 200) : "";
  return { identifier: sub!, name: shownName, acr: acr as string, idToken };
}

function headerOf(idToken: string): { kid?: string } {
  try {
    return decodeProtectedHeader(idToken);
  } catch (cause) {
    throw new ProviderError("the ID token is no signed token", { cause });
  }
}

async function verified(
  idToken: string,
  key: JWK,
  { clientId, issuer }: ProviderClient,
  now: number,
): Promise<JWTPayload> {
  const allowed = Object.hasOwn(algorithms, key.kty ?? "") ? algorithms[key.kty!]! : [];
  try {
    const { payload } = await jwtVerify(idToken, await importJWK(key, allowed[0]), {
      ...{
        issuer,
        audience: clientId,
        algorithms: [...allowed],
        clockTolerance: tolerance,
        maxTokenAge: oldest,
      },
      requiredClaims: ["iss", "aud", "exp", "iat", "sub", "nonce", "auth_time"],
      currentDate: new Date(now),
    });
    return payload;
  } catch (cause) {
    const reason =
      cause instanceof errors.JWTClaimValidationFailed ? `the claim ${cause.claim}` : codeOf(cause);
    throw new ProviderError(`the ID token is not valid: ${reason}`, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof errors.JOSEError ? error.code : "its key cannot be used";
}

/** What `jose` does not check. */
function rules(
  payload: JWTPayload,
  { nonce, acr, signedInSince }: ExpectedToken,
  { clientId }: ProviderClient,
): readonly (readonly [problem: string, isRight: boolean])[] {
  const { aud, azp, sub, auth_time: authTime } = payload;
  const since = signedInSince === null ? 0 : Math.floor(signedInSince / 1000) - tolerance;
  return [
    ["is for others, too", aud === clientId || (Array.isArray(aud) && aud.length === 1)],
    ["was asked for by another client", azp === undefined || azp === clientId],
    ["was not made for this sign-in", payload.nonce === nonce],
    ["names nobody", typeof sub === "string" && /^[\x21-\x7e]{1,255}$/.test(sub)],
    ["has another level of assurance than is needed", acr.includes(payload.acr as string)],
    ["tells of an earlier sign-in", Number.isSafeInteger(authTime) && (authTime as number) >= since],
  ];
}
