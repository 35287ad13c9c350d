import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { fromBase64Url, sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { PastRevision } from "../../policy/permissions/judge-past-use.ts";
import type { Findings } from "./finding.ts";

interface ActCase {
  readonly permission: PastRevision;
  /** What is disclosed of the act; undefined when nothing is. Anybody may have made it. */
  readonly proof: Buffer | undefined;
  readonly place: string;
  /** Whom the messages name, where that is shown. */
  readonly persons: readonly string[];
  readonly findings: Findings;
}

/** How the person acted: by a sign-in for the very text that was shown, or by an officer's word. */
export function verifyPermissionAct({ permission, proof, place, persons, findings }: ActCase): void {
  const { act } = permission;
  if (act?.kind === "declared") findings.add("permission-act-declared", place, act.officer);
  if (proof === undefined) {
    if (act?.kind === "signed-in")
      findings.add("permission-act-withheld", place, `signed in at ${act.issuer}, ${act.acr}`);
    return;
  }
  try {
    const { text, token, key } = readProof(proof);
    check(act !== null && sha256Base64Url(text) === act.text, "the text is not the one that was signed for");
    checkText(text, permission);
    if (act?.kind !== "signed-in") {
      check(token === null && key === null, "nobody signed in for it");
      return;
    }
    check(token !== null && sha256Base64Url(token) === act.token, "it is another ID token");
    check(key !== null && thumbprint(key) === act.key, "it is another key");
    const claims = readToken(token!, key!);
    checkClaims(claims, act);
    const isNamed = Object.values(claims).some(
      (value) => typeof value === "string" && persons.includes(value),
    );
    findings.add(
      "permission-act-proven",
      place,
      isNamed ? "by the person whom the exchange is about" : undefined,
    );
  } catch (error) {
    if (!(error instanceof SealwayError)) throw error;
    findings.add("permission-act-wrong", place, error.detail);
  }
}

interface Proof {
  readonly text: string;
  readonly token: string | null;
  readonly key: JsonWebKey | null;
}

function readProof(bytes: Buffer): Proof {
  const { text, token, key } = Object(parseStrictJson(bytes, "bad_request")) as Record<string, unknown>;
  const isKey = key === null || (typeof key === "object" && !Array.isArray(key));
  const isToken = token === null || typeof token === "string";
  if (typeof text !== "string" || !isToken || !isKey) throw problem("it has not the form of an act");
  return { text, token, key: key as JsonWebKey | null };
}

/** The text is of this permission and of the revision that the act made. */
function checkText(text: string, { id, revision }: PastRevision): void {
  const told = Object(parseStrictJson(Buffer.from(text), "bad_request")) as Record<string, unknown>;
  check(told.permission === id && told.revision === revision, "the text is of another act");
}

type SignedIn = Extract<NonNullable<PastRevision["act"]>, { kind: "signed-in" }>;

function checkClaims(claims: Readonly<Record<string, unknown>>, act: SignedIn): void {
  const rules: readonly (readonly [name: string, holds: boolean])[] = [
    ["iss", claims.iss === act.issuer],
    ["nonce", claims.nonce === act.text],
    ["acr", claims.acr === act.acr],
    ["auth_time", Number(claims.auth_time) * 1000 === act.authTime],
  ];
  const wrong = rules.find(([, holds]) => !holds);
  check(wrong === undefined, `the ID token's ${wrong?.[0]} is not what the statement says`);
}

/** How each algorithm signs (RFC 7518 §3.1, RFC 8037 §3.1), and by which kind of key; the key decides. */
const algorithms: Readonly<
  Record<string, { readonly kty: string; readonly digest: string | null; readonly options: object }>
> = {
  ES256: { kty: "EC", digest: "sha256", options: { dsaEncoding: "ieee-p1363" } },
  RS256: { kty: "RSA", digest: "sha256", options: {} },
  PS256: { kty: "RSA", digest: "sha256", options: { padding: 6, saltLength: 32 } },
  EdDSA: { kty: "OKP", digest: null, options: {} },
};

/** The claims of an ID token (compact JWS) whose signature the key made. */
function readToken(token: string, key: JsonWebKey): Readonly<Record<string, unknown>> {
  const parts = token.split(".");
  const [header, payload, value] = parts.map(fromBase64Url);
  if (parts.length !== 3 || header === undefined || payload === undefined || value === undefined)
    throw problem("the ID token is no compact JWS");
  const { alg } = Object(parseStrictJson(header, "bad_request")) as { readonly alg?: unknown };
  const algorithm = typeof alg === "string" && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  if (algorithm === undefined || algorithm.kty !== key.kty)
    throw problem("the ID token's algorithm is not the key's");
  const input = Buffer.from(`${parts[0]}.${parts[1]}`, "latin1");
  const isSigned = verify(algorithm.digest, input, { key: publicKey(key), ...algorithm.options }, value);
  check(isSigned, "the identity provider's key did not sign the ID token");
  return Object(parseStrictJson(payload, "bad_request"));
}

function publicKey(key: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    throw problem("the identity provider's key cannot be read");
  }
}

const thumbprinted: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
  OKP: ["crv", "kty", "x"],
};

/** JWK thumbprint (RFC 7638). */
function thumbprint(key: JsonWebKey): string {
  const names = Object.hasOwn(thumbprinted, key.kty ?? "") ? thumbprinted[key.kty!]! : [];
  const members = Object.fromEntries(
    names.map((name) => [name, (key[name as keyof JsonWebKey] ?? null) as Json]),
  );
  return sha256Base64Url(canonicalJson(members));
}

function check(holds: boolean, detail: string): void {
  if (!holds) throw problem(detail);
}

function problem(detail: string): SealwayError {
  return new SealwayError("bad_request", detail);
}
