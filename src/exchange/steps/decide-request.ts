import { SealwayError } from "../../core/errors.ts";
import { decide } from "../../policy/decide.ts";
import { isReserved } from "../builtin/built-in-services.ts";
import { DenialError } from "../problem.ts";
import type { ProviderExchange } from "../provider-exchange.ts";

/**
 * Steps 9 and 11: the provider's decision. It is asked on what is signed, before a byte of the body is taken, and again
 * with everything; the second verdict binds.
 */
export function decideRequest(x: ProviderExchange): void {
  const { document } = x.verified;
  // Every registered member may ask what the gateway itself answers; the answer judges what it may see.
  if (isReserved(document.service.id)) return;
  const decision = decide({
    now: x.services.clock.now(),
    endpoint: { method: document.endpoint?.method ?? "", template: x.endpoint.template.text },
    agreements: x.services.agreements.between(document.client, document.service.id),
    named: document.agreement?.sha256 ?? null,
  });
  switch (decision.verdict) {
    case "permit":
      x.agreement = decision.agreement;
      return;
    case "deny":
      throw new DenialError(decision.code, decision.rule, `Request is not allowed: ${document.service.id}`);
    case "open":
      throw new SealwayError("access_denied", `the decision stays open: ${decision.needed.join(", ")}`);
  }
}
