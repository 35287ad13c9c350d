import { dialects, type ListingDialect, listMethods } from "../../catalogue/listing.ts";
import { exportOpenApi } from "../../catalogue/openapi/export-openapi.ts";
import type { Endpoint, ServiceDescription } from "../../catalogue/service-description.ts";
import { isVisibleTo } from "../../catalogue/visibility.ts";
import { SealwayError } from "../../core/errors.ts";
import {
  encodePart,
  isInOneSpelling,
  parseServiceId,
  providerOf,
  type ServiceId,
  unsafeId,
} from "../../core/ids.ts";
import { isInForce } from "../../policy/agreement.ts";
import { coversEndpoint } from "../../policy/covers-endpoint.ts";
import { authorityWord } from "../authority-word.ts";
import { viewerOf } from "../catalogue-viewer.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "./built-in-client.ts";

/*
 * X-Road's metaservices for REST. Any registered client may call them; each sees the services that are visible to it.
 */

/** `listMethods`: the services of the subsystem asked. */
export function answerListMethods(services: () => GatewayServices): BuiltInAnswer {
  return async (call) => jsonAnswer(200, listMethods(visible(services(), call), dialectOf(call)));
}

/** `allowedMethods`: those for which the caller has an agreement now, with the endpoints that it covers. */
export function answerAllowedMethods(services: () => GatewayServices): BuiltInAnswer {
  return async (call) => {
    const { agreementsInForce, clock, trust: snapshot } = services();
    const trust = snapshot();
    const now = clock.now();
    const word = authorityWord(trust, call.client);
    const granting = (service: ServiceDescription) =>
      agreementsInForce
        .between(call.client, service, trust.catalogue)
        .filter((agreement) => isInForce(agreement, now, word));
    const permits = (service: ServiceDescription, { method, template }: Endpoint) =>
      granting(service).some(({ endpoints }) =>
        endpoints.some((granted) => coversEndpoint(granted, { method, template: template.text })),
      );
    const allowed = visible(services(), call).filter((service) => granting(service).length > 0);
    return jsonAnswer(200, listMethods(allowed, dialectOf(call), permits));
  };
}

/** `getOpenAPI?serviceCode=`: made from the description, so that it says what is enforced. */
export function answerGetOpenApi(services: () => GatewayServices): BuiltInAnswer {
  return async (call) => {
    const code = parameter(call, "serviceCode");
    if (code === undefined)
      throw new SealwayError("missing_parameter", "Missing required query parameter: serviceCode");
    const id = unsafeId<ServiceId>(`${call.subsystem}/${encodePart(code)}`);
    const description = isInOneSpelling(id, parseServiceId)
      ? services().trust().catalogue.service(id)
      : undefined;
    if (description === undefined || !isVisibleTo(description.document, viewerOf(services(), call.client)))
      throw new SealwayError("unknown_service", `${call.subsystem} has no service of this code`);
    return jsonAnswer(200, exportOpenApi(description.document).document);
  };
}

function visible(services: GatewayServices, { client, subsystem }: BuiltInCall): ServiceDescription[] {
  const viewer = viewerOf(services, client);
  return [...services.trust().catalogue.services()].filter(
    ({ id, document }) => providerOf(id) === subsystem && isVisibleTo(document, viewer),
  );
}

/** X-Road's shape unless the call asks for another one. */
function dialectOf(call: BuiltInCall): ListingDialect {
  const name = parameter(call, "dialect") ?? "xroad";
  const dialect = dialects.find((known) => known === name);
  if (dialect === undefined)
    throw new SealwayError("bad_request", `dialect is one of ${dialects.join(", ")}`);
  return dialect;
}

/** X-Road takes the names of parameters in any case; one that occurs twice could be read in two ways. */
function parameter({ query }: BuiltInCall, wanted: string): string | undefined {
  const values = [...new URLSearchParams(query)]
    .filter(([name]) => name.toLowerCase() === wanted.toLowerCase())
    .map(([, value]) => value);
  if (values.length > 1) throw new SealwayError("bad_request", `${wanted} occurs more than once`);
  return values[0];
}
