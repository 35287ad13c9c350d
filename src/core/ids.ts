import { SealwayError } from "./errors.ts";

/*
 * X-Road's hierarchy of names, kept in their encoded form: each part percent-encoded, joined by "/". One
 * spelling only (RFC 3986 pchar left as it is, everything else upper-case escapes), so that equality of
 * strings is equality of names.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `{instance}/{class}/{member}` */
export type MemberId = Branded<"member">;
/** `{instance}/{class}/{member}/{subsystem}`, or a member itself: who may ask and who may answer. */
export type ClientId = Branded<"client">;
/** `{instance}/{class}/{member}/{serverCode}` */
export type ServerId = Branded<"server">;
/** `{instance}/{class}/{member}/{subsystem}/{service}` */
export type ServiceId = Branded<"service">;
/** A UUIDv7 that names one exchange. */
export type ExchangeId = Branded<"exchange">;

const pchar = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/;
const unescaped = /^[A-Za-z0-9\-._~!$&'()*+,;=:@]+$/;
const escapedOtherwise = /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu;
const invisible = /[\p{Cc}\u200b\ufeff]/u;

/** @throws SealwayError `invalid_client_identifier` unless the (attacker's) text has 3 or 4 good parts */
export function parseClientId(text: string): ClientId {
  return join(text, 3, 4, "invalid_client_identifier", "client") as ClientId;
}

/** @throws SealwayError `invalid_service_identifier` unless the text has 5 good parts */
export function parseServiceId(text: string): ServiceId {
  return join(text, 5, 5, "invalid_service_identifier", "service") as ServiceId;
}

/** @throws SealwayError `invalid_security_server` unless the text has 4 good parts */
export function parseServerId(text: string): ServerId {
  return join(text, 4, 4, "invalid_security_server", "server") as ServerId;
}

/** @throws SealwayError `bad_request` unless the text has 3 good parts */
export function parseMemberId(text: string): MemberId {
  return join(text, 3, 3, "bad_request", "member") as MemberId;
}

/** Whether a document spells an identifier as it is compared. @param parse one of the parsers above */
export function isInOneSpelling(text: string, parse: (text: string) => string): boolean {
  try {
    return parse(text) === text;
  } catch {
    return false;
  }
}

/** Text from a signed and schema-checked document, or from a test: no check here. */
export function unsafeId<Id extends MemberId | ClientId | ServerId | ServiceId | ExchangeId>(
  text: string,
): Id {
  return text as Id;
}

/** The member to which a client, server or service belongs. */
export function memberOf(id: ClientId | ServerId | ServiceId): MemberId {
  return firstParts(id, 3) as MemberId;
}

/** The subsystem that provides a service. */
export function providerOf(service: ServiceId): ClientId {
  return firstParts(service, 4) as ClientId;
}

/** One part in its only spelling. */
export function encodePart(part: string): string {
  return part.replace(escapedOtherwise, encodeURIComponent);
}

function firstParts(id: string, count: number): string {
  let end = -1;
  for (let i = 0; i < count; i++) {
    end = id.indexOf("/", end + 1);
    if (end < 0) return id;
  }
  return id.slice(0, end);
}

type IdError =
  | "invalid_client_identifier"
  | "invalid_service_identifier"
  | "invalid_security_server"
  | "bad_request";

function join(text: string, least: number, most: number, code: IdError, what: string): string {
  const parts = text.length <= 1024 ? text.split("/") : [];
  if (parts.length < least || parts.length > most) {
    const wanted = least === most ? `${least}` : `${least} or ${most}`;
    throw new SealwayError(code, `a ${what} identifier has ${wanted} parts separated by "/"`);
  }
  return parts.map((part) => canonicalPart(part, code, what)).join("/");
}

function canonicalPart(part: string, code: IdError, what: string): string {
  // Nearly all are; the way below would say the same.
  if (unescaped.test(part) && part !== "." && part !== "..") return part;
  const decoded = pchar.test(part) ? tryDecode(part) : undefined;
  if (decoded === undefined || invisible.test(decoded) || decoded === "." || decoded === "..") {
    throw new SealwayError(
      code,
      `a part of the ${what} identifier is empty or not percent-encoded as it must be`,
    );
  }
  return encodePart(decoded);
}

function tryDecode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
