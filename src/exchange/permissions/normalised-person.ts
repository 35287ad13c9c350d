import { SealwayError } from "../../core/errors.ts";
import type { GatewayServices } from "../gateway-services.ts";
import type { NamedPerson } from "./permission-secret.ts";

/**
 * A person as the vocabulary spells the identifier, whoever wrote it.
 * @throws SealwayError `subject_malformed`
 */
export function normalisedPerson(
  { trust }: Pick<GatewayServices, "trust">,
  { scheme, value }: NamedPerson,
): NamedPerson {
  const spelled = trust().vocabulary.normalise(scheme, value);
  if (spelled === undefined) throw new SealwayError("subject_malformed", "it is no identifier of its scheme");
  return { scheme, value: spelled };
}
