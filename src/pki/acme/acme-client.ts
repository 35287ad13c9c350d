import { Agent, request } from "undici";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { AccountKey, ExternalAccount } from "./acme-signature.ts";

/** Where a CA speaks ACME, and as whom. */
export interface AcmeAccount {
  /** URL of the directory (RFC 8555 §7.1.1). */
  readonly directory: string;
  /** PEM of the roots under which its HTTPS certificate is taken, instead of those of the system. */
  readonly trustedCertificates?: string;
  readonly key: AccountKey;
  /** `mailto:` URLs. */
  readonly contact: readonly string[];
  readonly externalAccount?: ExternalAccount;
  /** Whether the operator has agreed to the terms that the CA states. */
  readonly termsAgreed: boolean;
}

/** What a CA answered: attacker-controlled. */
export interface AcmeAnswer {
  readonly status: number;
  /** Of a new resource. */
  readonly location: string | undefined;
  /** Milliseconds that it wants to be left alone. */
  readonly retryAfter: number | undefined;
  readonly body: Buffer;
}

/** A JSON object of the CA. */
export type AcmeObject = Readonly<Record<string, unknown>>;

/** Longest answer, bytes: chains have a few thousand. */
const mostBytes = 256 * 1024;
const timeout = 30_000;
/** Times that a request is signed anew because its nonce was too old (RFC 8555 §6.5). */
const mostNonces = 12;

/** One account at one CA: signs requests, keeps nonces. Close it. */
export class AcmeClient {
  readonly key: AccountKey;
  readonly #agent: Agent;
  readonly #directory: AcmeObject;
  #nonce: string | undefined;
  #account: string | undefined;

  private constructor(key: AccountKey, agent: Agent, directory: AcmeObject) {
    this.key = key;
    this.#agent = agent;
    this.#directory = directory;
  }

  /** Reads the directory and makes the account, or finds it. @throws SealwayError `enrolment_failed` */
  static async open(account: AcmeAccount): Promise<AcmeClient> {
    const { trustedCertificates: ca } = account;
    const agent = new Agent({ connect: { timeout, ...(ca !== undefined && { ca }) } });
    try {
      const { body } = await call(agent, { method: "GET", url: account.directory });
      const client = new AcmeClient(account.key, agent, objectOf(body));
      await client.#register(account);
      return client;
    } catch (error) {
      await agent.close();
      throw error;
    }
  }

  /** The URL of a resource of the directory. @throws SealwayError `enrolment_failed` when the CA has none */
  place(name: "newNonce" | "newAccount" | "newOrder"): string {
    return urlOf(this.#directory[name], name);
  }

  /** @param payload undefined reads the resource. @throws SealwayError `enrolment_failed` with the CA's own word */
  async post(url: string, payload?: Json, accept = "application/json"): Promise<AcmeAnswer> {
    for (let tries = 1; ; tries++) {
      const nonce = await this.#takeNonce();
      const signed = this.key.sign({ url, nonce, account: this.#account }, payload);
      const answer = await call(this.#agent, { method: "POST", url, body: JSON.stringify(signed), accept });
      this.#nonce = answer.nonce;
      if (answer.status < 300) return answer;
      if (tries === mostNonces || !answer.body.includes("urn:ietf:params:acme:error:badNonce"))
        throw refusal(answer);
    }
  }

  /** Reads a resource that is a JSON object. */
  async read(url: string): Promise<{ readonly object: AcmeObject; readonly retryAfter: number | undefined }> {
    const { body, retryAfter } = await this.post(url);
    return { object: objectOf(body), retryAfter };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #register({ contact, externalAccount, termsAgreed }: AcmeAccount): Promise<void> {
    const url = this.place("newAccount");
    const { termsOfService, externalAccountRequired } = (this.#directory.meta ?? {}) as AcmeObject;
    if (typeof termsOfService === "string" && !termsAgreed)
      throw failed(`the CA asks for agreement to ${termsOfService}: set termsAgreed when you agree`);
    if (externalAccountRequired === true && externalAccount === undefined)
      throw failed("the CA takes accounts that it knows only: give externalAccount");
    const binding = externalAccount && { externalAccountBinding: { ...this.key.bind(externalAccount, url) } };
    const { location } = await this.post(url, {
      termsOfServiceAgreed: termsAgreed,
      ...(contact.length > 0 && { contact: [...contact] }),
      ...binding,
    });
    this.#account = urlOf(location, "the account's location");
  }

  async #takeNonce(): Promise<string> {
    const nonce =
      this.#nonce ?? (await call(this.#agent, { method: "HEAD", url: this.place("newNonce") })).nonce;
    this.#nonce = undefined;
    if (nonce === undefined) throw failed("the CA gave no nonce");
    return nonce;
  }
}

interface Call {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: string;
  readonly body?: string;
  readonly accept?: string;
}

/** Redirects are not followed. */
async function call(
  agent: Agent,
  { method, url, body, accept = "application/json" }: Call,
): Promise<AcmeAnswer & { readonly nonce: string | undefined }> {
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers: {
        accept,
        "user-agent": "sealway",
        ...(body !== undefined && { "content-type": "application/jose+json" }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(timeout),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > mostBytes) throw failed(`${url} answered with more than ${mostBytes} bytes`);
      chunks.push(chunk);
    }
    const text = (name: string) => [answer.headers[name] ?? []].flat()[0];
    const retry = text("retry-after");
    return {
      status: answer.statusCode,
      location: text("location"),
      nonce: text("replay-nonce"),
      retryAfter: retry !== undefined && /^\d{1,5}$/.test(retry) ? Number(retry) * 1000 : undefined,
      body: Buffer.concat(chunks),
    };
  } catch (cause) {
    if (cause instanceof SealwayError) throw cause;
    throw new SealwayError("enrolment_failed", `${url} cannot be asked: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** @throws SealwayError `enrolment_failed` unless it is an `https` URL */
export function urlOf(value: unknown, what: string): string {
  if (typeof value === "string" && value.startsWith("https://") && URL.canParse(value)) return value;
  throw failed(`the CA gave no https URL for ${what}`);
}

export function failed(detail: string): SealwayError {
  return new SealwayError("enrolment_failed", detail);
}

function objectOf(body: Buffer): AcmeObject {
  const value = parseStrictJson(body, "enrolment_failed");
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw failed("the CA's answer is no object");
  return value as AcmeObject;
}

/** The CA's problem document (RFC 7807), cut to one line. */
function refusal({ status, body }: AcmeAnswer): SealwayError {
  return failed(`the CA refused with ${status}: ${problemText(body.toString("utf8"))}`);
}

/** Words of a CA that are shown: no control characters, at most 300 characters. */
export function problemText(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}
