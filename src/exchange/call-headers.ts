import { SealwayError } from "../core/errors.ts";
import { type ClientId, parseClientId } from "../core/ids.ts";
import type { HeaderLine } from "../message/head.ts";

/** The headers in which a client names itself: X-Road's, and the aliases of its relatives. */
export const clientHeaders = [
  "x-road-client",
  "uxp-client",
  "x-govstack-client",
  "information-mediator-client",
] as const;

/** Headers that say something to the gateway: more than one of a kind would let two readers choose differently. */
const uniqueNames = new Set<string>([
  ...clientHeaders,
  "x-road-id",
  "x-road-userid",
  "x-road-issue",
  "x-road-represented-party",
  "x-road-security-server",
  "uxp-service",
  "uxp-purpose-ids",
  "uxp-subject-id",
  "proxy-authorization",
  "content-type",
  "sealway-purpose",
  "sealway-permission",
  "sealway-subject",
  "sealway-decision-use",
]);

/**
 * The headers that concern the gateway, by lower-case name.
 * @throws SealwayError `duplicate_header_field`
 */
export function uniqueHeaders(lines: readonly HeaderLine[]): ReadonlyMap<string, string> {
  const unique = new Map<string, string>();
  for (const [rawName, value] of lines) {
    const name = rawName.toLowerCase();
    if (!uniqueNames.has(name)) continue;
    if (unique.has(name))
      throw new SealwayError("duplicate_header_field", `${rawName} occurs more than once`);
    unique.set(name, value);
  }
  return unique;
}

/**
 * Whom a call that is no exchange says it comes from, and its bearer token.
 * @param rawHeaders names and values in turn, an attacker's choice
 * @throws SealwayError `duplicate_header_field`, `invalid_client_identifier`
 */
export function statedCaller(rawHeaders: readonly string[]): {
  readonly client: ClientId;
  readonly bearerToken: string | null;
} {
  const lines: HeaderLine[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    lines.push([rawHeaders[i] as string, rawHeaders[i + 1] as string]);
  const unique = uniqueHeaders(lines);
  const stated = clientHeaders.map((name) => unique.get(name)).filter((value) => value !== undefined);
  if (new Set(stated).size > 1)
    throw new SealwayError("duplicate_header_field", `${clientHeaders.join(", ")} name different clients`);
  return { client: parseClientId(stated[0] ?? ""), bearerToken: bearerTokenOf(unique) };
}

/** The token of an information system for its own gateway. */
export function bearerTokenOf(unique: ReadonlyMap<string, string>): string | null {
  return /^Bearer +(\S+)$/i.exec(unique.get("proxy-authorization") ?? "")?.[1] ?? null;
}
