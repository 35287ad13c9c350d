import { decide } from "../../policy/decide.ts";
import { checkBuiltInCaller, isReserved } from "../builtin/built-in-services.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";

/**
 * Step 4: the decision on what this side knows. Only the provider's verdict binds and only the provider holds all
 * agreements, so that this one never denies: it finds the agreement that the request will name. Built-in services have
 * none: a table says who may call them.
 */
export function decideOnKnown(x: ConsumerExchange): void {
  if (isReserved(x.target.service)) {
    checkBuiltInCaller(x.target.service, x.call.connection);
    return;
  }
  const agreements = x.services.agreements.between(x.client, x.target.service);
  const decision = decide({
    now: x.services.clock.now(),
    endpoint: { method: x.call.method, template: x.endpoint?.template.text ?? "/**" },
    agreements: agreements.length === 0 ? "unknown" : agreements,
    named: null,
  });
  x.agreement = decision.verdict === "permit" ? decision.agreement : null;
}
