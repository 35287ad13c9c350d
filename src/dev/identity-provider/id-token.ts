import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { type AuthorizationRequest, levels } from "./authorization-request.ts";
import type { Fault } from "./knobs.ts";
import type { Account } from "./people.ts";

/** A new key of a provider, with its private part. */
export async function makeSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "ES256", use: "sig" };
}

/** What is published of a key. */
export function publicPart({ d: _, ...jwk }: JWK): JWK {
  return jwk;
}

/** Who signed in, when and how. */
export interface SignedIn {
  readonly account: Account;
  /** Seconds since the epoch. */
  readonly authTime: number;
  readonly acr: string;
}

const lifetime = 300;
const longAgo = 7200;

/**
 * An ID token (OpenID Connect Core 1.0 §2).
 * @param now seconds since the epoch
 * @param fault what is to be wrong with it
 */
export async function makeIdToken(
  signingKey: JWK,
  issuer: string,
  { client, nonce }: AuthorizationRequest,
  { account, authTime, acr }: SignedIn,
  now: number,
  fault: Fault,
): Promise<string> {
  const { code, given, family } = account;
  const is = (name: Fault) => fault === name;
  const claims = {
    iss: is("wrong-issuer") ? "https://elsewhere.example" : issuer,
    sub: code,
    aud: is("wrong-audience") ? "another-client" : client.id,
    iat: is("expired") ? now - longAgo : now,
    exp: is("expired") ? now - longAgo + lifetime : now + lifetime,
    ...(!is("no-auth-time") && { auth_time: is("old-auth-time") ? now - longAgo : authTime }),
    nonce: is("wrong-nonce") ? "another-nonce" : nonce,
    acr: is("low-acr") ? levels.at(-1) : acr,
    name: `${given} ${family}`,
    given_name: given,
    family_name: family,
  };
  const key = is("unknown-key") ? await makeSigningKey() : signingKey;
  const header = { alg: "ES256", typ: "JWT", kid: key.kid! };
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key));
}
