import { sha256Base64Url } from "../../core/bytes.ts";
import type { SealwayError } from "../../core/errors.ts";
import { type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { required } from "../required.ts";

/** The `typ` of the signed reason of a refusal that depended on a person. */
export const permissionRefusalType = "sealway-permission-refusal+jws";

/** By which rule a call was refused: its consumer is told only that a permission is required. Names no person. */
export interface PermissionRefusal extends StatementPayload {
  readonly exchange: string;
  readonly rule: string;
  /** Digest of the permission's statement that was looked at; null where there was none. */
  readonly permission: string | null;
}

/** An exchange as the discloser has it: the provider's, or of a message the sender's. */
type Refused = Pick<
  ProviderExchange | ConsumerExchange,
  "id" | "decision" | "permission" | "services" | "trust" | "seal"
>;

/**
 * Keeps, in the discloser's own log alone, why a call was refused that needs a permission: the same is done whatever the
 * reason is.
 * @throws SealwayError `signer_unavailable`, `log_unavailable`
 */
export async function keepPermissionRefusal(x: Refused, { code }: SealwayError): Promise<void> {
  if (code !== "permission_required") return;
  const { decision, permission, services, trust } = x;
  const statement: PermissionRefusal = {
    instance: trust.configuration.parameters.instance,
    time: services.clock.now(),
    exchange: x.id,
    rule: decision?.verdict === "deny" ? decision.failed.name : "permission",
    permission: permission === "unknown" ? null : (permission?.statement ?? null),
  };
  const bytes = await signStatement(required(x.seal).signer, permissionRefusalType, statement);
  await services.log.keep({ kind: "permission-refusal", sha256: sha256Base64Url(bytes), bytes });
}
