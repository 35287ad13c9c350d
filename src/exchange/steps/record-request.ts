import type { ConsumerExchange } from "../consumer-exchange.ts";
import { RepeatedQueryError } from "../problem.ts";
import { queryUses } from "../query-use.ts";
import { appendRequest, sentRecord, UsedUpError } from "../record.ts";
import { required } from "../required.ts";

/**
 * Step 7: the request is durable before a byte of it leaves.
 * @throws RepeatedQueryError
 */
export async function recordRequest(x: ConsumerExchange): Promise<void> {
  const seal = required(x.seal);
  await x.services.context.keep(x.trust.configuration, x.description, x.agreement);
  const { services, request, description, body } = x;
  const uses = await queryUses(x, seal.member);
  const context = { role: "consumer", effect: "open", description, body, uses } as const;
  try {
    x.recorded = await appendRequest(services.log, x.watch, sentRecord(services, request, seal, context));
  } catch (error) {
    throw error instanceof UsedUpError ? new RepeatedQueryError(error.first) : error;
  }
  x.counted = uses.map(({ counter }) => counter);
}
