import type { ProvenPerson } from "../../web/sign-in/check-id-token.ts";
import type { ActOutcome, PermissionAct } from "../permissions/permission-answer.ts";
import type { Visit } from "../visit.ts";

/** Hands an act to the provider, with the sign-in that was made for its text. */
export async function finishAct(visit: Visit, act: PermissionAct, proven: ProvenPerson): Promise<ActOutcome> {
  const { permissions, log } = visit.portal;
  const outcome = await permissions.give(proven.identifier, act, proven.idToken);
  log.info({ act: act.act, provider: act.provider, outcome }, "act of a person");
  return outcome;
}
