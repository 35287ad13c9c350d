import { findEndpoint, type ServiceDescription } from "../../catalogue/service-description.ts";
import { SealwayError } from "../../core/errors.ts";
import { providerOf } from "../../core/ids.ts";
import { parseRequestTarget } from "../../core/request-target.ts";
import { awaitDescription } from "../await-description.ts";
import { builtInDescription, isReserved } from "../builtin/built-in-services.ts";
import { checkFreshness } from "../check-freshness.ts";
import { checkMaintenance } from "../check-maintenance.ts";
import { checkPublished } from "../check-published.ts";
import { loadSeal } from "../load-seal.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { startOf } from "../request-start.ts";
import { required } from "../required.ts";

/** What a call may take beyond its service's time-out, milliseconds. */
const transferTime = 2_000;

async function publishedDescription(x: ProviderExchange): Promise<ServiceDescription> {
  const {
    client,
    service: { id },
  } = x.verified.document;
  // Waiting may bring a newer configuration.
  const found = await awaitDescription(x);
  return checkPublished(x.services, x.trust, { client, id, found });
}

/**
 * Step 9: the version of the service that is asked for, as this server knows it, and who signs the answer. Every version
 * that is published is answered for, the newest or not: a new one breaks no call that is on its way.
 */
export async function loadService(x: ProviderExchange): Promise<void> {
  const { document } = x.verified;
  const provider = providerOf(document.service.id);
  x.seal = await loadSeal(x, provider);
  x.services.shares.enter(x.seal.member);
  x.share = x.seal.member;
  const { directory } = x.trust;
  checkMaintenance(required(directory.server(x.services.self)), x.services.clock.now());
  const { id } = document.service;
  const isOwn = isReserved(id);
  const description = isOwn ? builtInDescription(id) : await publishedDescription(x);
  const service = isOwn ? x.services.builtIns.of(id) : x.services.services.get(id);
  if (description === undefined || service === undefined) {
    throw new SealwayError("unknown_service", `Unknown service: ${id}`);
  }
  checkFreshness(x.services, description);
  x.description = description;
  x.service = service;
  x.deadline = Math.min(document.deadline, x.services.clock.now() + description.timeoutMs + transferTime);
  const { sha256, version } = document.service;
  if (sha256 !== description.sha256 || version !== description.version) {
    throw new SealwayError(
      "description_mismatch",
      `the description in force is ${description.version}, ${description.sha256}`,
    );
  }
  const start = startOf(x.verified);
  x.target = parseRequestTarget(start.target);
  const { endpoint, parameters } = findEndpoint(description, start.method, x.target.path);
  if (document.endpoint?.template !== endpoint.template.text) {
    throw new SealwayError(
      "endpoint_not_described",
      "the message names another endpoint than its path leads to",
    );
  }
  x.endpoint = endpoint;
  x.parameters = parameters;
}
