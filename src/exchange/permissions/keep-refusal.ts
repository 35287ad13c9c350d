import { sha256Base64Url } from "../../core/bytes.ts";
import type { SealwayError } from "../../core/errors.ts";
import { type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { isRestrictedRequest } from "../restriction-of.ts";

/** The `typ` of the signed reason of a refusal that depended on a person. */
export const permissionRefusalType = "sealway-permission-refusal+jws";

/** By which rule a call was refused: its consumer is told only that a permission is required. Names no person. */
export interface PermissionRefusal extends StatementPayload {
  readonly exchange: string;
  readonly rule: string;
  /** Digest of the permission's statement that was looked at; null where there was none. */
  readonly permission: string | null;
}

/**
 * Keeps, in the provider's own log alone, why a call was refused that needs a permission: the same is done whatever the
 * reason is.
 * @throws SealwayError `signer_unavailable`, `log_unavailable`
 */
export async function keepPermissionRefusal(x: ProviderExchange, { code }: SealwayError): Promise<void> {
  if (code !== "permission_required" || isRestrictedRequest(x)) return;
  const { decision, permission, seal, services, trust } = x;
  const statement: PermissionRefusal = {
    instance: trust.configuration.parameters.instance,
    time: services.clock.now(),
    exchange: x.id,
    rule: decision?.verdict === "deny" ? decision.failed.name : "permission",
    permission: permission === "unknown" ? null : (permission?.statement ?? null),
  };
  const bytes = await signStatement(seal.signer, permissionRefusalType, statement);
  await services.log.keep({ kind: "permission-refusal", sha256: sha256Base64Url(bytes), bytes });
}
