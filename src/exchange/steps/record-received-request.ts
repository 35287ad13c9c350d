import type { SealwayError } from "../../core/errors.ts";
import type { CounterUse } from "../../messagelog/message-record.ts";
import type { Agreement } from "../../policy/agreement.ts";
import { isPermissionCounter, ruleOfCounter } from "../../policy/permissions/judge-permission.ts";
import { quotaUses } from "../../policy/quota.ts";
import { checkDryRuns, dryRunUses } from "../builtin/dry-run-uses.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { countQuotas, quotasOf, usedUp } from "../quotas.ts";
import { appendRequest, receivedRecord, UsedUpError } from "../record.ts";
import { decideRequest } from "./decide-request.ts";

/**
 * Step 12: the request is durable, its id taken and what it uses counted, all at once, before the information system
 * hears of it.
 * @throws DenialError, SealwayError `dry_runs_exceeded`, when something that it uses is used up: then nothing is recorded
 *   or counted yet
 */
export async function recordReceivedRequest(x: ProviderExchange): Promise<void> {
  const quotas = quotasOf(x, x.agreement);
  // A quota speaks first: what it says depends on no person.
  const uses = [...quotaUses(quotas), ...x.uses, ...dryRunUses(x)];
  try {
    await record(x, uses);
  } catch (error) {
    if (!(error instanceof UsedUpError)) throw error;
    if (isPermissionCounter(error.counter)) decideAnew(x, error);
    checkDryRuns(error.counter);
    throw usedUp(x, quotas, error);
  }
  x.counted = uses.map(({ counter }) => counter);
  countQuotas(x, x.agreement, quotas);
}

/** Another call took the last use a moment ago: the consumer is told what it would have been told then. */
function decideAnew(x: ProviderExchange, { counter }: UsedUpError): void {
  if (x.permission === "unknown" || x.permission === null) return;
  x.permission = { ...x.permission, failed: ruleOfCounter(counter) };
  x.uses = [];
  decideRequest(x);
}

/**
 * A request that is refused uses nothing up, but where the refusal depends on a person: that one counts in the quotas as
 * if it were permitted, and is told that they are used up as if it were, so that nobody who asks on beyond a quota learns
 * who has permitted what.
 * @returns why it is refused
 */
export async function recordRefusedRequest(x: ProviderExchange, error: SealwayError): Promise<SealwayError> {
  const agreement = personRefusedIn(x, error);
  const quotas = agreement === undefined ? [] : quotasOf(x, agreement);
  try {
    await record(x, quotaUses(quotas));
  } catch (thrown) {
    if (!(thrown instanceof UsedUpError)) throw thrown;
    const spent = usedUp(x, quotas, thrown);
    await record(x, []);
    return spent;
  }
  if (agreement !== undefined) countQuotas(x, agreement, quotas);
  return error;
}

/** The agreement by which a call would have been permitted that a rule about a person refuses. */
function personRefusedIn({ decision }: ProviderExchange, { code }: SealwayError): Agreement | undefined {
  if (code !== "permission_required" || decision?.verdict !== "deny") return undefined;
  return decision.failed.about === "person" ? decision.trace.at(-1)?.agreements[0] : undefined;
}

async function record(x: ProviderExchange, uses: readonly CounterUse[]): Promise<void> {
  const { services, trust } = x;
  await services.context.keep(trust.configuration, x.description, x.agreement);
  const { verified, description, body } = x;
  const context = { role: "provider", effect: "open", description, body, uses } as const;
  x.recorded = await appendRequest(services.log, x.watch, receivedRecord(services, verified, context));
}
