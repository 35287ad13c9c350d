import { type LocatedSubject, locateSubjects } from "../catalogue/locate-subjects.ts";
import type { Endpoint } from "../catalogue/service-description.ts";
import type { ExchangeId } from "../core/ids.ts";
import { singleHeader } from "../message/agreement-with-head.ts";
import type { HeaderLine } from "../message/head.ts";
import { checkRequest } from "./breach.ts";
import { aboutIn } from "./builtin/about-exchange.ts";
import { subjectsAsked } from "./builtin/subjects-asked.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import { parseJsonBody } from "./json-body.ts";
import { isMessage } from "./message-pattern.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { required } from "./required.ts";

/** What a gateway reads in a request. */
export interface ReadRequest {
  /** Whom it is about. */
  readonly subjects: LocatedSubject[];
  /** The earlier exchange that it is about. */
  readonly about: ExchangeId | null;
}

/**
 * Reads what the description lets a gateway read of a request whose body is there, holds it against the description, and
 * finds whom it is about: on both sides alike, so that neither can be told another person than the other.
 * @param headers that are forwarded, an attacker's choice
 * @param repeated what to call a header that occurs twice
 * @throws SealwayError also as `parseJsonBody`, `checkRequest` and `locateSubjects`
 */
export async function readRequest(
  x: ConsumerExchange | ProviderExchange,
  headers: readonly HeaderLine[],
  repeated: "inconsistent_headers" | "duplicate_header_field",
): Promise<ReadRequest> {
  const isJson = required(x.description).contentKind === "json";
  const body = isJson ? await parseJsonBody(x.body, headers, "invalid_body") : undefined;
  const { parameters } = x;
  const { query } = x.target;
  checkRequest(x, { parameters, query, body });
  const header = (name: string) => singleHeader(headers, name.toLowerCase(), repeated);
  const endpoint = required(x.endpoint as Endpoint | undefined);
  const { vocabulary } = x.trust;
  const subjects = [
    ...locateSubjects(endpoint, { parameters, query, header, body }, vocabulary),
    ...subjectsAsked(x.target.service, body, vocabulary),
  ];
  if (isMessage(x)) x.asked = body;
  return { subjects, about: aboutIn(x.target.service, body) };
}
