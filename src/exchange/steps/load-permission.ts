import { permissionScheme } from "../../policy/permissions/permission.ts";
import { isReserved } from "../builtin/built-in-services.ts";
import { isMessage } from "../message-pattern.ts";
import { judgePermissionOfCall, needsPermission } from "../permissions/judge-permission-of-call.ts";
import type { ProviderExchange } from "../provider-exchange.ts";

/**
 * Step 11: finds and judges the permission of a call that needs one and is no emergency, once it is known whom the call
 * is about. Asked of the store each time: what a person withdraws is withdrawn for the next call, on every node.
 * @throws SealwayError `log_unavailable` when permissions cannot be read: nothing passes without them
 */
export async function loadPermission(x: ProviderExchange): Promise<void> {
  const { services, purpose } = x;
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
  const query = new URLSearchParams(x.target.query);
  const call = { client: document.client, service: service.id, purpose, named, persons };
  const parameter = (name: string) => query.getAll(name);
  x.permission = await judgePermissionOfCall(
    services.permissions,
    { ...call, parameter },
    services.clock.now(),
  );
}

/** What the consumer committed to; of another scheme it is no permission, and fits none. */
function namedPermission({ verified: { document, head } }: ProviderExchange): string | null {
  const { permission } = head.openings;
  if (document.permission === null || permission === null) return null;
  return document.permission.scheme === permissionScheme ? permission.value : "";
}
