import { randomUUID } from "node:crypto";
import { headerText } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { forwardedRequestHeaders } from "../../core/header-table.ts";
import { parseClientId, parseServerId, parseServiceId } from "../../core/ids.ts";
import { parseRequestTarget } from "../../core/request-target.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import type { HeaderLine } from "../../message/head.ts";
import { bearerTokenOf, headerLines, requiredClient, uniqueHeaders } from "../call-headers.ts";
import type { ConsumerExchange, RequestHeaders } from "../consumer-exchange.ts";

const methods = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]);
/** Stands in clear in the record, in the one spelling of its parts. */
const representedParty =
  /^(?=.{1,512}$)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-F]{2})+(?:\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-F]{2})+)?$/;
const decisionUses = ["automated", "caseworker", "analytics", "none"] as const;

/** Terms that a caller may state only once something enforces them: ignoring one would be a promise broken. */
const notYetEnforced = ["sealway-subject", "uxp-subject-id"];
/** Ours, and UXP's, which may list several: one call has one purpose. */
const purposeHeaders = ["sealway-purpose", "uxp-purpose-ids"];

/** Step 1: reads target and headers of the call, with caps; nothing is looked up yet. */
export function parseRequest(x: ConsumerExchange): void {
  const { method, target, rawHeaders } = x.call;
  if (!methods.has(method)) throw new SealwayError("invalid_http_method", "the method is not one of HTTP's");
  const lines = withoutRepeatedClient(headerLines(rawHeaders));
  const unique = uniqueHeaders(lines);
  x.client = parseClientId(requiredClient(unique));
  x.rawTarget = uxpTarget(target, unique) ?? target;
  x.target = parseRequestTarget(x.rawTarget);
  const headers = readHeaders(unique, lines, x.trust.configuration.parameters.instance);
  x.headers = unique.has("x-road-client") ? headers : withClient(headers, x.client);
}

/** UXP addresses a service in a header: `/restapi[/path][?query]` with Uxp-Service. */
function uxpTarget(target: string, unique: ReadonlyMap<string, string>): string | undefined {
  const rest = /^\/restapi(?<rest>[/?].*)?$/s.exec(target);
  if (rest === null) return undefined;
  const service = unique.get("uxp-service");
  if (service === undefined)
    throw new SealwayError("missing_header_field", "a call of /restapi names its service in Uxp-Service");
  // With a part too few the path's first segment would become the service.
  return `/r1/${parseServiceId(service)}${rest.groups?.rest ?? ""}`;
}

/** An alias named the client: the message names it in X-Road's header, the only one that is forwarded. */
function withClient(headers: RequestHeaders, client: string): RequestHeaders {
  return { ...headers, forwarded: [...headers.forwarded, ["X-Road-Client", client]] };
}

/** X-Road takes X-Road-Client more than once; where all say the same, one of them is signed and forwarded. */
function withoutRepeatedClient(lines: readonly HeaderLine[]): readonly HeaderLine[] {
  const isClient = ([name]: HeaderLine) => name.toLowerCase() === "x-road-client";
  const first = lines.find(isClient);
  return lines.filter((line) => line === first || !isClient(line) || line[1] !== first?.[1]);
}

function readHeaders(
  unique: ReadonlyMap<string, string>,
  lines: readonly HeaderLine[],
  instance: string,
): RequestHeaders {
  const unenforced = notYetEnforced.find((name) => unique.has(name));
  if (unenforced !== undefined) {
    throw new SealwayError("bad_request", `${unenforced} cannot be honoured by this release: leave it out`);
  }
  const queryId = unique.get("x-road-id");
  if (queryId !== undefined && (queryId === "" || queryId.length > 1000)) {
    throw new SealwayError("invalid_query_id", "X-Road-Id is empty or has more than 1,000 characters");
  }
  const party = unique.get("x-road-represented-party") ?? null;
  if (party !== null && !representedParty.test(party)) {
    throw new SealwayError(
      "invalid_represented_party",
      "X-Road-Represented-Party has one or two parts, percent-encoded in upper case",
    );
  }
  const server = unique.get("x-road-security-server");
  return {
    forwarded: forwardedRequestHeaders(lines),
    queryId: queryId ?? `${instance}-${randomUUID()}`,
    queryIdGenerated: queryId === undefined,
    userId: unique.get("x-road-userid") ?? null,
    caseReference: unique.get("x-road-issue") ?? null,
    representedParty: party,
    securityServer: server === undefined ? null : parseServerId(server),
    purpose: parsePurpose(unique),
    permission: parsePermission(unique.get("sealway-permission")),
    decisionUse: parseDecisionUse(unique.get("sealway-decision-use")),
    emergency: parseEmergency(unique.get("sealway-emergency")),
    bearerToken: bearerTokenOf(unique),
  };
}

function parsePurpose(unique: ReadonlyMap<string, string>): string | null {
  const stated = purposeHeaders.map((name) => unique.get(name)).filter((value) => value !== undefined);
  const [purpose] = stated;
  if (purpose === undefined) return null;
  if (new Set(stated).size > 1)
    throw new SealwayError(
      "duplicate_header_field",
      `${purposeHeaders.join(" and ")} name different purposes`,
    );
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(purpose))
    throw new SealwayError("purpose_unknown", "a call names one purpose, by the id that the description has");
  return purpose;
}

function parsePermission(text: string | undefined): string | null {
  if (text !== undefined && !isUuidV7(text))
    throw new SealwayError("bad_request", "Sealway-Permission is the id of a permission, in lower case");
  return text ?? null;
}

/** Whoever reviews it must have something to read. */
function parseEmergency(raw: string | undefined): string | null {
  if (raw === undefined) return null;
  const reason = headerText(raw).trim();
  if (reason === "" || reason.length > 300)
    throw new SealwayError("bad_request", "Sealway-Emergency has the reason, 300 characters at most");
  return reason;
}

function parseDecisionUse(text: string | undefined): RequestHeaders["decisionUse"] {
  if (text === undefined) return null;
  const use = decisionUses.find((known) => known === text);
  if (use === undefined)
    throw new SealwayError("bad_request", `Sealway-Decision-Use is one of ${decisionUses.join(", ")}`);
  return use;
}
