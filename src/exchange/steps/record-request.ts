import { isPermissionCounter, ruleOfCounter } from "../../policy/permissions/judge-permission.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { permissionUses } from "../permissions/permission-uses.ts";
import { RepeatedQueryError } from "../problem.ts";
import { queryUses } from "../query-use.ts";
import { appendRequest, sentRecord, UsedUpError } from "../record.ts";
import { required } from "../required.ts";
import { decideMessage } from "./decide-message.ts";

/**
 * Step 7: the request is durable before a byte of it leaves; with it is counted what a message uses of a permission.
 * @throws RepeatedQueryError; DenialError when a permission is used up
 */
export async function recordRequest(x: ConsumerExchange): Promise<void> {
  const seal = required(x.seal);
  await x.services.context.keep(x.trust.configuration, x.description, x.agreement);
  const { services, request, description, body } = x;
  const uses = [...(await queryUses(x, seal.member)), ...permissionUses(x)];
  const context = { role: "consumer", effect: "open", description, body, uses } as const;
  try {
    x.recorded = await appendRequest(services.log, x.watch, sentRecord(services, request, seal, context));
  } catch (error) {
    if (!(error instanceof UsedUpError)) throw error;
    if (isPermissionCounter(error.counter)) decideAnew(x, error);
    throw new RepeatedQueryError(error.first);
  }
  x.counted = uses.map(({ counter }) => counter);
}

/** Another message took the last use a moment ago: it is refused as it would have been then. @throws DenialError */
function decideAnew(x: ConsumerExchange, { counter }: UsedUpError): void {
  if (x.permission === "unknown" || x.permission === null) return;
  x.permission = { ...x.permission, failed: ruleOfCounter(counter) };
  decideMessage(x);
}
