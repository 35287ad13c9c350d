import { SealwayError } from "../../core/errors.ts";
import type { Decision } from "../../policy/decide.ts";
import { isReserved } from "../builtin/built-in-services.ts";
import { type CallToJudge, denialFor, judgeRequest } from "../judge-request.ts";
import { permissionUses } from "../permissions/permission-uses.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";

/** Step 9: the provider's decision on what is signed, before a byte of the body is taken. What is open may still close. */
export function decideOnSigned(x: ProviderExchange): void {
  decide(x);
}

/** Step 11: the provider's decision on everything. It binds, and permits only what is not open any more. */
export function decideRequest(x: ProviderExchange): void {
  const decision = decide(x);
  x.uses.push(...permissionUses(x));
  if (decision?.verdict === "open")
    throw new SealwayError("access_denied", `the decision stays open: ${decision.needed.join(", ")}`);
}

/** @returns undefined where nothing is to decide. @throws DenialError */
function decide(x: ProviderExchange): Decision | undefined {
  const { services, trust } = x;
  const { document } = x.verified;
  // Every registered member may ask what the gateway itself answers; the answer judges what it may see.
  if (isReserved(document.service.id)) return undefined;
  const { client, endpoint } = document;
  const method = endpoint?.method ?? "";
  const description = required(x.description);
  const { permission } = x;
  const call = { client, description, endpoint: x.endpoint, method, permission, ...claimOf(x) };
  const { decision, purpose } = judgeRequest(services, trust, call, document);
  x.purpose = purpose;
  x.decision = decision;
  if (decision.verdict === "deny") throw denialFor(services, trust, call, { decision, purpose });
  if (decision.verdict === "permit") x.agreement = decision.agreement;
  return decision;
}

/** Emergency access is claimed by the official whom the request names. */
function claimOf({ services, verified: { document } }: ProviderExchange): Pick<CallToJudge, "emergency"> {
  if (document.emergency === null) return {};
  const suspended = services.emergencies.suspended(services.clock.now(), services.restrictions);
  return { emergency: { userNamed: document.user !== null, suspended } };
}
