import { type LocatedSubject, locateSubjects } from "../catalogue/locate-subjects.ts";
import type { Endpoint } from "../catalogue/service-description.ts";
import { singleHeader } from "../message/agreement-with-head.ts";
import type { HeaderLine } from "../message/head.ts";
import { checkRequest } from "./breach.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import { parseJsonBody } from "./json-body.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { required } from "./required.ts";

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
): Promise<LocatedSubject[]> {
  const isJson = required(x.description).contentKind === "json";
  const body = isJson ? await parseJsonBody(x.body, headers, "invalid_body") : undefined;
  const { parameters } = x;
  const { query } = x.target;
  checkRequest(x, { parameters, query, body });
  const header = (name: string) => singleHeader(headers, name.toLowerCase(), repeated);
  const endpoint = required(x.endpoint as Endpoint | undefined);
  return locateSubjects(endpoint, { parameters, query, header, body }, x.trust.vocabulary);
}
