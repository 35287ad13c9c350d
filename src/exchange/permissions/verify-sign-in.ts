import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWK,
  jwtVerify,
} from "jose";
import type { Vocabulary } from "../../catalogue/vocabulary.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { PermissionAct } from "../../policy/permissions/permission.ts";
import type { NamedPerson, PermissionSecret } from "./permission-secret.ts";

/** An identity provider whose word counts, as the server's configuration pins it. */
export interface PinnedProvider {
  readonly issuer: string;
  /** The client id of the portal there. */
  readonly audience: string;
  /** Levels of assurance that are enough. */
  readonly acr: readonly string[];
  /** The claim that names the person, and the scheme of that identifier. */
  readonly claim: string;
  readonly scheme: string;
  readonly keys: readonly JWK[];
}

/** What a sign-in must be. `fresh`: for this text alone, just now; `session`: the portal's, of today. */
export type WantedSignIn = { readonly kind: "fresh"; readonly text: string } | { readonly kind: "session" };

export interface ProvenSignIn {
  readonly person: NamedPerson;
  readonly act: Extract<PermissionAct, { kind: "signed-in" }>;
  readonly proof: Pick<PermissionSecret, "token" | "key">;
}

/** By how much clocks may differ, and how long ago who signs in for an act, or in a session, has signed in; seconds. */
const tolerance = 60;
const oldest = { fresh: 300, session: 12 * 3600 } as const;

/** What a key may sign by: its own kind decides, never the token alone. */
const algorithms: Readonly<Record<string, readonly string[]>> = {
  EC: ["ES256"],
  RSA: ["RS256", "PS256"],
  OKP: ["EdDSA"],
};

/**
 * Verifies an ID token (OpenID Connect Core 1.0 §3.1.3.7), an attacker's choice: signed by a pinned key of its issuer,
 * for the portal, of a level that is enough, and for the text whose digest is its nonce.
 * @param now milliseconds
 * @throws SealwayError `sign_in_refused` saying what is wrong with it; it names nobody
 */
export async function verifySignIn(
  token: string,
  wanted: WantedSignIn,
  providers: readonly PinnedProvider[],
  vocabulary: Pick<Vocabulary, "normalise">,
  now: number,
): Promise<ProvenSignIn> {
  const { provider, key } = pinned(token, providers);
  const claims = await verified(token, provider, key, wanted, now);
  const { acr, auth_time: authTime } = claims;
  for (const [problem, isRight] of rulesOf(claims, provider, wanted, now))
    if (!isRight) throw refused(problem);
  const identifier = claims[provider.claim];
  const value =
    typeof identifier === "string" ? vocabulary.normalise(provider.scheme, identifier) : undefined;
  if (value === undefined) throw refused("it names nobody by the scheme that is configured");
  const act = {
    kind: "signed-in",
    issuer: provider.issuer,
    ...{ acr: acr as string, authTime: (authTime as number) * 1000 },
    text: wanted.kind === "fresh" ? wanted.text : null,
    ...{ token: sha256Base64Url(token), key: await calculateJwkThumbprint(key) },
  } as const;
  return { person: { scheme: provider.scheme, value }, act, proof: { token, key: { ...key } } };
}

function pinned(token: string, providers: readonly PinnedProvider[]) {
  const { kid, iss } = readUnverified(token);
  for (const provider of providers) {
    if (provider.issuer !== iss) continue;
    const key = provider.keys.find((one) => one.kid === kid && Object.hasOwn(algorithms, one.kty ?? ""));
    if (key !== undefined) return { provider, key };
  }
  throw refused("no key is pinned that could have signed it");
}

/** What says which key to try, and nothing more. */
function readUnverified(token: string): {
  readonly kid: string | undefined;
  readonly iss: string | undefined;
} {
  try {
    return { kid: decodeProtectedHeader(token).kid, iss: decodeJwt(token).iss };
  } catch {
    throw refused("it is no signed token");
  }
}

type Claims = Readonly<Record<string, unknown>>;

async function verified(
  token: string,
  { issuer, audience }: PinnedProvider,
  key: JWK,
  wanted: WantedSignIn,
  now: number,
): Promise<Claims> {
  const allowed = [...algorithms[key.kty!]!];
  try {
    const { payload } = await jwtVerify(token, await importJWK(key, allowed[0]), {
      ...{ issuer, audience, algorithms: allowed, clockTolerance: tolerance },
      requiredClaims: ["iss", "aud", "exp", "iat", "sub", "auth_time"],
      // A session outlives the token that began it: how old that may be is judged by the time of the sign-in.
      currentDate: new Date(wanted.kind === "fresh" ? now : issuedAt(token)),
    });
    return payload;
  } catch (cause) {
    if (cause instanceof SealwayError) throw cause;
    throw refused(cause instanceof errors.JOSEError ? cause.code : "its key cannot be used");
  }
}

function issuedAt(token: string): number {
  const { iat } = decodeJwt(token);
  if (!Number.isSafeInteger(iat)) throw refused("it does not say when it was made");
  return iat! * 1000;
}

/** What `jose` does not check. */
function rulesOf(
  { aud, azp, acr, auth_time: authTime, nonce }: Claims,
  provider: PinnedProvider,
  wanted: WantedSignIn,
  now: number,
): readonly (readonly [problem: string, isRight: boolean])[] {
  const { audience } = provider;
  const age = Number.isSafeInteger(authTime) ? now / 1000 - (authTime as number) : Number.NaN;
  return [
    ["it is for others, too", aud === audience || (Array.isArray(aud) && aud.length === 1)],
    ["another client asked for it", azp === undefined || azp === audience],
    ["its level of assurance is not enough", typeof acr === "string" && provider.acr.includes(acr)],
    ["the sign-in is not recent", age >= -tolerance && age <= oldest[wanted.kind] + tolerance],
    ["it is not for the text that is in force", wanted.kind === "session" || nonce === wanted.text],
  ];
}

function refused(problem: string): SealwayError {
  return new SealwayError("sign_in_refused", `the sign-in does not count: ${problem}`);
}
