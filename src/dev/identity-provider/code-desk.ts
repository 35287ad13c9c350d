import { equalSecret, sha256, sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { randomOctets } from "../../core/random.ts";
import type { AuthorizationRequest, RegisteredClient } from "./authorization-request.ts";
import type { SignedIn } from "./id-token.ts";

interface Grant {
  readonly request: AuthorizationRequest;
  readonly signedIn: SignedIn;
  readonly made: number;
}

/** How long a code is good, milliseconds. */
const codeFor = 60_000;

/** The codes that clients were sent and have not redeemed. */
export class CodeDesk {
  readonly #grants = new Map<string, Grant>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(request: AuthorizationRequest, signedIn: SignedIn): string {
    const code = randomOctets(32).toString("base64url");
    this.#grants.set(code, { request, signedIn, made: this.#clock.now() });
    return code;
  }

  /**
   * Takes a code, once (RFC 6749 §4.1.3, RFC 7636 §4.6).
   * @param form what the client sent
   * @returns undefined when the code, the address or the verifier is not the right one
   */
  redeem(client: RegisteredClient, form: URLSearchParams): Grant | undefined {
    const code = form.get("code") ?? "";
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    if (grant === undefined || this.#clock.now() - grant.made > codeFor) return undefined;
    const { request } = grant;
    const isRight =
      request.client.id === client.id &&
      form.get("grant_type") === "authorization_code" &&
      form.get("redirect_uri") === request.redirectUri &&
      sha256Base64Url(form.get("code_verifier") ?? "") === request.codeChallenge;
    return isRight ? grant : undefined;
  }
}

/** The client that a request authenticates as, by `client_secret_basic` (RFC 6749 §2.3.1). */
export function authenticatedClient(
  header: string | undefined,
  clients: readonly RegisteredClient[],
): RegisteredClient | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? "")?.[1];
  const text = Buffer.from(encoded ?? "", "base64").toString("utf8");
  const [id, secret] = text.split(":").map((part) => decode(part));
  const client = clients.find((one) => one.id === id);
  const isRight = client !== undefined && equalSecret(sha256(client.secret), sha256(secret ?? ""));
  return isRight ? client : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
