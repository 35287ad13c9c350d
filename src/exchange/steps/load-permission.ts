import { memberOf } from "../../core/ids.ts";
import { permissionScheme } from "../../policy/permissions/permission.ts";
import { isReserved } from "../builtin/built-in-services.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { isMessage } from "../message-pattern.ts";
import {
  judgePermissionOfCall,
  needsPermission,
  type PermissionCall,
} from "../permissions/judge-permission-of-call.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { isRestrictedCall, isRestrictedRequest } from "../restriction-of.ts";

/**
 * Step 11: finds and judges the permission of a call that needs one and is no emergency, once it is known whom the call
 * is about. Asked of the store each time: what a person withdraws is withdrawn for the next call, on every node.
 * @throws SealwayError `log_unavailable` when permissions cannot be read: nothing passes without them
 */
export function loadPermission(x: ProviderExchange): void | Promise<void> {
  const { purpose } = x;
  const { document, head } = x.verified;
  const { service } = document;
  if (isReserved(service.id)) return;
  const named = namedPermission(x);
  // Of a message the consumer discloses: its gateway judges the permission.
  const isAsked = document.emergency === null && needsPermission({ purpose, named });
  if (isMessage(x) || !isAsked) {
    x.permission = null;
    return;
  }
  const persons = document.subjects.flatMap(({ role, scheme }, i) => {
    const opening = head.openings.subjects[i];
    return role === "asked-about" && opening !== undefined ? [{ scheme, value: opening.value }] : [];
  });
  const parties = { client: document.client, holder: memberOf(service.id), service: service.id };
  const sight = isRestrictedRequest(x) ? "restricted" : "ordinary";
  return judge(x, { ...parties, purpose, named, persons, query: x.target.query, sight });
}

/**
 * Step 5, of messages: the same on the sender's side, which discloses, holds the permission and counts its uses.
 * @throws SealwayError `log_unavailable`
 */
export function loadPermissionOfMessage(x: ConsumerExchange): void | Promise<void> {
  if (!isMessage(x)) return;
  const { client, headers, subjects, target } = x;
  const { purpose = null } = x.purpose ?? {};
  const named = headers.permission;
  if (headers.emergency !== null || !needsPermission({ purpose, named })) {
    x.permission = null;
    return;
  }
  const persons = subjects.filter(({ role }) => role === "asked-about");
  const parties = { client, holder: memberOf(client), service: target.service };
  const sight = isRestrictedCall(x) ? "restricted" : "ordinary";
  return judge(x, { ...parties, purpose, named, persons, query: target.query, sight });
}

async function judge(x: ProviderExchange | ConsumerExchange, call: PermissionCall): Promise<void> {
  const { judged, gone } = await judgePermissionOfCall(x.services, call, x.services.clock.now());
  x.permission = judged;
  x.powersGone = gone;
}

/** What the consumer committed to; of another scheme it is no permission, and fits none. */
function namedPermission({ verified: { document, head } }: ProviderExchange): string | null {
  const { permission } = head.openings;
  if (document.permission === null || permission === null) return null;
  return document.permission.scheme === permissionScheme ? permission.value : "";
}
