import { SealwayError } from "../core/errors.ts";
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
  "sealway-emergency",
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

/** Of all headers of a call; longer ones are refused before anything is made of them. */
const maxHeaderBytes = 24 * 1024;

/**
 * The headers of a call, an attacker's choice.
 * @param rawHeaders names and values in turn
 * @throws SealwayError `headers_too_large`
 */
export function headerLines(rawHeaders: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  let size = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const line: HeaderLine = [rawHeaders[i] as string, rawHeaders[i + 1] as string];
    size += line[0].length + line[1].length + 4;
    lines.push(line);
  }
  if (size > maxHeaderBytes) throw new SealwayError("headers_too_large", "the headers have more than 24 KiB");
  return lines;
}

/**
 * Whom a call says it comes from, by X-Road's header or an alias; undefined when it does not say.
 * @throws SealwayError `duplicate_header_field` when two name different clients
 */
export function statedClient(unique: ReadonlyMap<string, string>): string | undefined {
  const stated = clientHeaders.map((name) => unique.get(name)).filter((value) => value !== undefined);
  if (new Set(stated).size > 1) {
    throw new SealwayError("duplicate_header_field", `${clientHeaders.join(", ")} name different clients`);
  }
  return stated[0];
}

/** As `statedClient`, of a call that has to say it. @throws SealwayError `invalid_client_identifier` */
export function requiredClient(unique: ReadonlyMap<string, string>): string {
  const stated = statedClient(unique);
  if (stated === undefined)
    throw new SealwayError("invalid_client_identifier", "The client identifier is missing");
  return stated;
}

/** The token of an information system for its own gateway. */
export function bearerTokenOf(unique: ReadonlyMap<string, string>): string | null {
  return /^Bearer +(\S+)$/i.exec(unique.get("proxy-authorization") ?? "")?.[1] ?? null;
}
