import type { ErrorCode } from "../core/error-codes.ts";
import type { MemberId } from "../core/ids.ts";
import type { CounterUse } from "../messagelog/message-record.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import { isUnsent } from "./no-answer.ts";

/**
 * The one use of an X-Road-Id that the caller chose: the same client's second call of the same service with it is refused
 * until the deadline of the first one has passed, on whichever node it comes. The counter's name is a keyed digest, since
 * an id may name a person.
 */
export async function queryUses(x: ConsumerExchange, member: MemberId): Promise<readonly CounterUse[]> {
  const { queryId, queryIdGenerated } = x.headers;
  if (queryIdGenerated) return [];
  const { deadline, ts } = x.request.document;
  const named = `${x.client}\n${x.target.service}\n${queryId}`;
  const digest = await x.services.log.keyedDigest(member, named, ts);
  return [{ counter: `query/${digest}`, limit: 1, expires: deadline }];
}

/** What the record of a fault gives back: where nothing was sent, nothing was used, and the caller may say the same again. */
export function queryUseGivenBack({ counted }: ConsumerExchange, code: ErrorCode): readonly string[] {
  return isUnsent(code) ? counted : [];
}
