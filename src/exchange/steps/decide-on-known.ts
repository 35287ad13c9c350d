import { SealwayError } from "../../core/errors.ts";
import { decide, defaultPurpose } from "../../policy/decide.ts";
import { purposeOf } from "../../policy/purpose.ts";
import { checkBuiltInCaller, isReserved } from "../builtin/built-in-services.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { required } from "../required.ts";

/**
 * Step 4: the decision on what this side knows. Only the provider's verdict binds and only the provider holds all
 * agreements, so that this one never denies: it finds the purpose and the agreement that the request will name. A
 * purpose that the caller states is one of the description; a caller that states none has the one that there can be.
 * Built-in services have neither: a table says who may call them.
 */
export function decideOnKnown(x: ConsumerExchange): void {
  if (x.headers.purpose !== null)
    x.purpose = { purpose: statedPurpose(x, x.headers.purpose), source: "stated" };
  if (isReserved(x.target.service)) {
    checkBuiltInCaller(x.target.service, x.call.connection);
    return;
  }
  const description = required(x.description);
  const agreements = x.services.agreementsInForce.between(x.client, description, x.trust.catalogue);
  const facts = {
    now: x.services.clock.now(),
    endpoint: { method: x.call.method, template: x.endpoint?.template.text ?? "/**" },
    version: description.version,
    agreements: agreements.length === 0 ? ("unknown" as const) : agreements,
  };
  const defaulted = x.purpose === null ? defaultPurpose(facts) : undefined;
  const purpose = defaulted === undefined ? undefined : purposeOf(description, defaulted);
  if (purpose !== undefined) x.purpose = { purpose, source: "defaulted" };
  const { purpose: asked = null, source: purposeSource = null } = x.purpose ?? {};
  const decision = decide({ ...facts, purpose: asked, purposeSource, named: null });
  x.agreement = decision.verdict === "permit" ? decision.agreement : null;
}

/** What the caller wrote is not repeated: it could be anything. */
function statedPurpose({ description }: ConsumerExchange, id: string) {
  const purpose = purposeOf(required(description), id);
  if (purpose === undefined)
    throw new SealwayError(
      "purpose_unknown",
      `the purposes of the service are: ${known(required(description))}`,
    );
  return purpose;
}

function known({
  document: { purposes = [] },
}: {
  document: { purposes?: readonly { id: string }[] };
}): string {
  return purposes.map(({ id }) => id).join(", ") || "none";
}
