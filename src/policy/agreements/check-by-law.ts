import { SealwayError } from "../../core/errors.ts";
import type { AgreementAct, ByLaw } from "./agreement-act.ts";
import type { AgreementState } from "./agreement-transitions.ts";

/** What of an agreement the law may order. */
interface Ordered {
  readonly state: AgreementState;
  readonly inForce: { readonly byLaw: ByLaw | null } | null;
  readonly proposal: { readonly byLaw: ByLaw | null } | null;
}

/** By which a provider would refuse what the law orders, or stop it. A service as a whole it may suspend all the same. */
const vetoes: ReadonlySet<AgreementAct["act"]> = new Set(["decline", "suspend", "end"]);

/**
 * Where the law orders the access, the provider has a deadline and no veto: it approves, or the terms come into force
 * without it. The consumer and the authority may end or suspend it as any other.
 * @throws SealwayError `agreement_by_law`
 */
export function checkByLaw({ inForce, proposal, state }: Ordered, { act, by }: AgreementAct): void {
  if (by !== "provider") return;
  const ordered = act === "decline" ? proposal?.byLaw : (inForce?.byLaw ?? proposal?.byLaw);
  // Other terms in the place of what is ordered would be a veto as well, as long as nothing is in force.
  const isVeto = vetoes.has(act) || (act === "change" && state === "requested");
  if (!isVeto || ordered === null || ordered === undefined) return;
  throw new SealwayError(
    "agreement_by_law",
    `${ordered.provision} orders the access: ${act} is not the provider's to say`,
  );
}
