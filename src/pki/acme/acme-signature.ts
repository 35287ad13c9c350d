import type { KeyObject } from "node:crypto";
import { hmacSha256, sha256, toBase64Url } from "../../core/bytes.ts";
import type { Json } from "../../core/canonical-json.ts";
import { signInline } from "../algorithms.ts";
import { ecdsaDerToRaw } from "../ecdsa-signature.ts";
import { keyOperation } from "../private-key.ts";

/** A request as ACME has it: flattened JWS (RFC 8555 §6.2, RFC 7515 §7.2.2). */
export interface AcmeSignature {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** What binds an account here to one that the CA knows (RFC 8555 §7.3.4). */
export interface ExternalAccount {
  readonly keyId: string;
  /** Of HMAC-SHA-256. */
  readonly key: Buffer;
}

interface Jwk {
  readonly crv: string;
  readonly kty: string;
  readonly x: string;
  readonly y: string;
}

/** An account's key: P-256. */
export class AccountKey {
  readonly jwk: Jwk;
  readonly #key: KeyObject;

  /** @param key private, P-256 */
  constructor(key: KeyObject) {
    const { crv, kty, x, y } = keyOperation(key).publicKey.export({ format: "jwk" }) as Partial<Jwk>;
    // In the order that thumbprints want (RFC 7638 §3.3).
    this.jwk = { crv: crv!, kty: kty!, x: x!, y: y! };
    this.#key = key;
  }

  /** @param payload undefined for POST-as-GET (RFC 8555 §6.3) @param account undefined for the one request that makes it */
  sign(
    to: { url: string; nonce: string; account?: string | undefined },
    payload: Json | undefined,
  ): AcmeSignature {
    const { url, nonce, account } = to;
    const who: Readonly<Record<string, Json>> =
      account === undefined ? { jwk: { ...this.jwk } } : { kid: account };
    const head = encode({ alg: "ES256", nonce, url, ...who });
    const body = payload === undefined ? "" : encode(payload);
    const { algorithm } = keyOperation(this.#key);
    const der = signInline(algorithm, this.#key, Buffer.from(`${head}.${body}`, "latin1"));
    return { protected: head, payload: body, signature: toBase64Url(ecdsaDerToRaw(der)) };
  }

  /** What a challenge is answered with (RFC 8555 §8.1). */
  authorize(token: string): string {
    return `${token}.${toBase64Url(sha256(JSON.stringify(this.jwk)))}`;
  }

  /** The account key, signed by the key that the CA gave for it. */
  bind({ keyId, key }: ExternalAccount, url: string): AcmeSignature {
    const head = encode({ alg: "HS256", kid: keyId, url });
    const body = encode({ ...this.jwk });
    const signature = hmacSha256(key, `${head}.${body}`);
    return { protected: head, payload: body, signature: toBase64Url(signature) };
  }
}

function encode(value: Json): string {
  return toBase64Url(Buffer.from(JSON.stringify(value)));
}
