import { type ActWord, officersNeeded, type ServiceAct } from "../../catalogue/acts/service-act.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { providerOf } from "../../core/ids.ts";
import { checkOfficers, judgeActSeal } from "../../message/judge-act-seal.ts";
import type { SignedAct } from "../../message/service-act-record.ts";
import type { ConfigurationIndex, Seal } from "../../trust/configuration-index.ts";
import { checkNotRevoked } from "../check-not-revoked.ts";
import type { Submission } from "./act-submission.ts";

const minute = 60_000;
/** How far from now an act may have been made, milliseconds; two officers need longer than a program. */
const ordinaryWindow = 5 * minute;
const windows: Readonly<Partial<Record<ActWord, number>>> = { observe: 24 * 60 * minute };

type Signed = Pick<Submission, "signed" | "act">;

/**
 * Whether those signed who may, and now.
 * @throws SealwayError as `checkActSigner`; `certificate_*` and `ocsp_*` unless a good seal of the provider did
 */
export async function checkActIsGenuine(
  { signed, act }: Signed,
  index: ConfigurationIndex,
  clock: Clock,
): Promise<void> {
  const now = clock.now();
  const seal = checkActSigner({ signed, act }, index, now);
  await checkNotRevoked(seal, now, index.content.parameters.ocspFreshness);
}

/**
 * All of it that the configuration tells, which may be another one when an act's turn comes.
 * @param now milliseconds
 * @throws SealwayError `act_not_fresh`, `unknown_member`, `access_denied` unless the officers signed that the act needs,
 * `certificate_*`
 */
export function checkActSigner({ signed, act }: Signed, index: ConfigurationIndex, now: number): Seal {
  if (act.instance !== index.content.parameters.instance)
    throw new SealwayError("malformed_statement", `the act is of instance ${act.instance}`);
  if (Math.abs(now - act.time) > (act.time > now ? ordinaryWindow : (windows[act.word] ?? ordinaryWindow)))
    throw new SealwayError("act_not_fresh", `it was signed at ${new Date(act.time).toISOString()}`);
  if (!index.isRegistered(providerOf(act.service)))
    throw new SealwayError("unknown_member", "the service's provider is not registered");
  checkOfficers(signed, officersNeeded[act.word] ?? 0);
  checkListedOfficers(signed, act, index);
  return judgeActSeal(signed, act.service, index, now);
}

function checkListedOfficers({ officers }: SignedAct, act: ServiceAct, index: ConfigurationIndex): void {
  const server = index.serverOf(providerOf(act.service));
  const listed = new Set(server?.officers ?? []);
  if (officers.some(({ fingerprint }) => !listed.has(fingerprint)))
    throw new SealwayError("access_denied", `who signed is no officer of ${server?.id ?? "any server"}`);
}
