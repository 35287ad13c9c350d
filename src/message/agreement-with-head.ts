import { headerText } from "../core/bytes.ts";
import { matchEndpoint, parseEndpointTemplate } from "../core/endpoint-template.ts";
import { SealwayError } from "../core/errors.ts";
import { parseClientId, parseServerId } from "../core/ids.ts";
import { parseRequestTarget } from "../core/request-target.ts";
import type { ExchangeDocument } from "./exchange-document.ts";
import type { Head, HeaderLine } from "./head.ts";

/** Whether an X-Road-Id may stand in `exchange`; any other one stands in the head alone. */
export function isPublicQueryId(queryId: string): boolean {
  return /^[A-Za-z0-9._:~-]{1,100}$/.test(queryId);
}

/**
 * The one value of a header, or undefined.
 * @param name in lower case
 * @param code for a header that occurs twice: whose fault that is
 */
export function singleHeader(
  headers: readonly HeaderLine[],
  name: string,
  code: "inconsistent_headers" | "duplicate_header_field" = "inconsistent_headers",
): string | undefined {
  let found: string | undefined;
  for (const [other, value] of headers) {
    if (other.length !== name.length || other.toLowerCase() !== name) continue;
    if (found !== undefined) throw new SealwayError(code, `${name} occurs more than once`);
    found = value;
  }
  return found;
}

type Rule = (document: ExchangeDocument, head: Head) => boolean;
type NamedRule = readonly [what: string, agrees: Rule];

/** What the signed document says twice, once in itself and once in the head: one rule a line. */
// biome-ignore format: a table is read by its columns
const sharedRules: readonly NamedRule[] = [
  ["x-road-id",         (d, h) => agreesOnQueryId(d, singleHeader(h.headers, "x-road-id"))],
  ["x-road-request-id", (d, h) => singleHeader(h.headers, "x-road-request-id") === d.id],
];

// biome-ignore format: a table is read by its columns
const requestRules: readonly NamedRule[] = [
  ...sharedRules,
  ["x-road-client",       (d, h) => parseClientId(singleHeader(h.headers, "x-road-client") ?? "") === d.client],
  ["security server",     (d, h) => parseServerId(singleHeader(h.headers, "x-road-security-server") ?? d.to) === d.to],
  ["represented party",   (d, h) => (singleHeader(h.headers, "x-road-represented-party") ?? null) === d.representedParty],
  ["user",                (_, h) => agreesOnOpening(h.openings.user, singleHeader(h.headers, "x-road-userid"))],
  ["case reference",      (_, h) => agreesOnOpening(h.openings.caseReference, singleHeader(h.headers, "x-road-issue"))],
  ["service or endpoint", (d, h) => agreesOnTarget(d, h)],
];

// biome-ignore format: a table is read by its columns
const responseRules: readonly NamedRule[] = [
  ...sharedRules,
  ["x-road-client",     (d, h) => singleHeader(h.headers, "x-road-client") === d.client],
  ["x-road-service",    (d, h) => singleHeader(h.headers, "x-road-service") === d.service.id],
];

/**
 * Checks that `exchange` and `head` tell the same story.
 * @throws SealwayError `inconsistent_headers` naming what differs; `malformed_message` for a head of the wrong kind
 */
export function checkAgreement(document: ExchangeDocument, head: Head): void {
  const isRequest = document.type === "request" || document.type === "message";
  if ((head.start.kind === "request") !== isRequest) {
    throw new SealwayError("malformed_message", `a ${document.type} has a head of the other kind`);
  }
  for (const [what, agrees] of isRequest ? requestRules : responseRules) {
    if (!holds(agrees, document, head))
      throw new SealwayError("inconsistent_headers", `exchange and head differ in ${what}`);
  }
}

/** A client, target or template that cannot be read agrees with nothing. */
function holds(agrees: Rule, document: ExchangeDocument, head: Head): boolean {
  try {
    return agrees(document, head);
  } catch (error) {
    if (error instanceof SealwayError && error.code !== "inconsistent_headers") return false;
    throw error;
  }
}

/** Whoever writes a document may keep a query id out of it that could name a person. */
function agreesOnQueryId({ queryId }: ExchangeDocument, stated: string | undefined): boolean {
  return stated !== undefined && (queryId === null || queryId === stated);
}

function agreesOnOpening(opening: { readonly value: string } | null, header: string | undefined): boolean {
  return opening?.value === (header === undefined ? undefined : headerText(header));
}

/** The target leads to the service, and by method and path to the endpoint, that the document names. */
function agreesOnTarget({ service, endpoint }: ExchangeDocument, { start }: Head): boolean {
  if (start.kind !== "request") return false;
  const target = parseRequestTarget(start.target);
  if (target.service !== service.id || start.method !== endpoint?.method) return false;
  return matchEndpoint(parseEndpointTemplate(endpoint.template), target.path) !== undefined;
}
