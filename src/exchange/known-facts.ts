import type { EmergencyClaim, Facts } from "../policy/decision/facts.ts";
import { askedFor } from "./compose-request.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import { plainFacts } from "./judge-request.ts";
import { isMessage } from "./message-pattern.ts";
import { needsPermission } from "./permissions/judge-permission-of-call.ts";
import { required } from "./required.ts";

/**
 * What the consumer's gateway knows of a call, whose purpose is found. Only the provider's gateway holds all agreements:
 * those that are not known here may be there.
 */
export function knownFacts(x: ConsumerExchange): Facts {
  const { client, call, services, trust } = x;
  const description = required(x.description);
  const agreements = services.agreementsInForce.between(client, description, trust.catalogue);
  const { lawfulBasis, decisionUse, purposeSource } = askedFor(x);
  // What is spread comes last: V8 defines what stands behind it by a call each.
  return {
    purposeSource,
    lawfulBasis,
    decisionUse,
    purpose: x.purpose?.purpose ?? null,
    agreements: agreements.length === 0 ? "unknown" : agreements,
    named: null,
    // It is the discloser who holds and judges permissions: the other side, but for messages.
    permission: isMessage(x) && needsPermission(wantedOf(x)) ? x.permission : null,
    emergency: claimOf(x),
    ...plainFacts(services, { client, method: call.method, description, endpoint: required(x.endpoint) }),
  };
}

function wantedOf({ headers, purpose }: ConsumerExchange) {
  return { purpose: purpose?.purpose ?? null, named: headers.permission };
}

function claimOf({ headers, services }: ConsumerExchange): EmergencyClaim | null {
  if (headers.emergency === null) return null;
  return {
    userNamed: headers.userId !== null,
    suspended: services.emergencies.suspended(services.clock.now(), services.restrictions),
  };
}
